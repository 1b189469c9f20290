namespace NNTileLogger.ServiceDefaults;

/// <summary>
/// The program asking its own running service whether it is well, for containers whose images hold no curl. Called by
/// Program.cs instead of starting the service.
/// </summary>
public static class HealthProbe
{
    /// <summary>The argument that asks for it.</summary>
    public const string Argument = "--healthcheck";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    /// <summary>Asks, and says on the error output what is wrong.</summary>
    /// <param name="health">The service's health page on this machine.</param>
    /// <returns>The exit code: 0 where the service is well enough to answer so, 1 elsewhere.</returns>
    public static async Task<int> RunAsync(Uri health)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions =
            {
                // The service is this program itself, whatever host its certificate is made for.
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        })
        {
            Timeout = _patience,
        };
        try
        {
            using var answer = await http.GetAsync(health);
            if (answer.IsSuccessStatusCode)
            {
                return 0;
            }

            var words = await answer.Content.ReadAsStringAsync();
            await Console.Error.WriteLineAsync($"{health} answers {(int)answer.StatusCode}: {words}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"{health} does not answer: {e.Message}");
        }

        return 1;
    }
}
