// The HTTPS front is not written yet; until then starting it is a clear error rather than an empty server.
Console.Error.WriteLine("NNTileLogger.Proxy: HTTPS is not there yet in this version; use TensorBoard over http.");
return 1;
