using NNTileLogger.ServiceDefaults;

namespace NNTileLogger.Proxy.Files;

/// <summary>A reloaded file as <see cref="FileWatcher"/> and health see it, whatever is made of it.</summary>
internal abstract class ReloadedFile
{
    /// <summary>Why what the files hold now is not taken, once a person has been told; null where all is well.</summary>
    public abstract string? Problem { get; }

    /// <summary>Reads the files and takes them up where they changed, have come to rest and are good.</summary>
    public abstract void Look(ILogger logger);
}

/// <summary>
/// What was made of one file or of two that belong together, renewed when they change. <see cref="Current"/> may be
/// asked from any thread; <see cref="Look"/> is called by <see cref="FileWatcher"/> alone, again and again.
/// The text is compared, not times or file system events: a swapped link, a renamed file, a mounted secret and a
/// network share all look the same that way, and nothing is missed.
/// </summary>
internal sealed partial class ReloadedFile<T> : ReloadedFile
    where T : class
{
    /// <summary>A certificate and its key may be written so far apart before a person is told that they do not match.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly (string Variable, string Path)[] _files;
    private readonly Func<IReadOnlyList<SourceFile>, T> _make;
    private readonly TimeProvider _time;
    private volatile T _current;
    private string[] _taken;
    private string[] _seen;
    private DateTimeOffset _seenSince;
    private string[]? _refused;
    private FileProblemException? _problem;
    private volatile string? _told;

    /// <summary>Reads the files for the first time.</summary>
    /// <exception cref="FileProblemException">They cannot be used.</exception>
    public ReloadedFile(
        Func<IReadOnlyList<SourceFile>, T> make, TimeProvider time, params (string Variable, string Path)[] files)
    {
        _make = make;
        _time = time;
        _files = files;
        var sources = files.Select(file => SourceFile.Read(file.Variable, file.Path)).ToArray();
        _current = make(sources);
        _seen = _taken = [.. sources.Select(source => source.Text)];
    }

    /// <summary>The newest that was good.</summary>
    public T Current => _current;

    public override string? Problem => _told;

    public override void Look(ILogger logger)
    {
        var now = _time.GetUtcNow();
        SourceFile[] sources = [];
        string[] contents;
        FileProblemException? unreadable = null;
        try
        {
            sources = [.. _files.Select(file => SourceFile.Read(file.Variable, file.Path))];
            contents = [.. sources.Select(source => source.Text)];
        }
        catch (FileProblemException e)
        {
            unreadable = e;
            contents = [e.Message];
        }

        if (contents.SequenceEqual(_taken))
        {
            _seen = contents;
            Settle(logger);
        }
        else if (!contents.SequenceEqual(_seen))
        {
            // Someone is at it: wait until it is the same twice, so that half a file is hardly ever tried.
            _seen = contents;
            _seenSince = now;
        }
        else if (unreadable is not null)
        {
            Refuse(unreadable, now, logger);
        }
        else
        {
            Try(sources, contents, now, logger);
        }
    }

    private void Try(SourceFile[] sources, string[] contents, DateTimeOffset now, ILogger logger)
    {
        var isTried = _refused is not null && contents.SequenceEqual(_refused);
        if (isTried && (_problem?.RetryAt is not { } retry || now < retry))
        {
            Refuse(_problem!, now, logger);
            return;
        }

        try
        {
            _current = _make(sources);
            _taken = contents;
            Settle(logger);
            var names = Names();
            var what = _current.ToString()!;
            LogTaken(logger, names, what);
        }
        catch (FileProblemException e)
        {
            _refused = contents;
            Refuse(e, now, logger);
        }
    }

    private void Refuse(FileProblemException problem, DateTimeOffset now, ILogger logger)
    {
        _problem = problem;
        if (_told != problem.WithoutPath && now - _seenSince >= Grace)
        {
            _told = problem.WithoutPath;
            var message = LogText.Escape(problem.Message);
            var what = _current.ToString()!;
            LogRefused(logger, message, what);
        }
    }

    private void Settle(ILogger logger)
    {
        if (_told is not null)
        {
            var names = Names();
            LogSettled(logger, names);
        }

        _refused = null;
        _problem = null;
        _told = null;
    }

    private string Names() => string.Join(" and ", _files.Select(file => $"{file.Variable}={file.Path}"));

    [LoggerMessage(Level = LogLevel.Information, Message = "{Files} changed; in use from now on: {What}.")]
    private static partial void LogTaken(ILogger logger, string files, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem} What was loaded before stays in use: {What}.")]
    private static partial void LogRefused(ILogger logger, string problem, string what);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Files}: in order again.")]
    private static partial void LogSettled(ILogger logger, string files);
}
