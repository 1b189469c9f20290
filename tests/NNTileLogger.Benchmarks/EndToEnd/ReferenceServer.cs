namespace NNTileLogger.Benchmarks.EndToEnd;

/// <summary>Another program for the same work, which this one is measured beside.</summary>
internal sealed class ReferenceServer(string command) : MeasuredServer((port, folder) => Words(command, port, folder))
{
    public override Task StopAsync() => Task.CompletedTask;

    // Such a program may keep its files open: deleted ones would go on taking room.
    protected override void RemoveWritten()
    {
        foreach (var path in Directory.EnumerateFiles(Folder.Path, "*", SearchOption.AllDirectories))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(0);
        }
    }

    /// <summary>A command with the port and the directory put in.</summary>
    /// <exception cref="RunFailedException">It has no place for the port.</exception>
    public static string[] Words(string command, int port, string folder)
    {
        if (!command.Contains("{port}", StringComparison.Ordinal))
        {
            throw new RunFailedException("The reference's command must say with {port} where the port belongs, and with {dir} the directory.");
        }

        // Split before a path with spaces is put in.
        return
        [
            .. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word.Replace("{port}", FormattableString.Invariant($"{port}"), StringComparison.Ordinal).Replace("{dir}", folder, StringComparison.Ordinal)),
        ];
    }
}
