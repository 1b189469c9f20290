namespace NNTileLogger.Ingest.Sessions;

/// <summary>What a start does with a session it finds.</summary>
internal enum Fate
{
    /// <summary>Nothing.</summary>
    Keep,

    /// <summary>Its client may come back, or it was open when the last server ended: it stays through this start.</summary>
    Recover,

    /// <summary>It goes.</summary>
    Clear,
}

/// <summary>Decides what a start does with a session; a pure function.</summary>
internal static class SessionFate
{
    /// <param name="record">The session.</param>
    /// <param name="crashed">The last server was killed: nothing goes then.</param>
    /// <param name="clear">CLEAR_LOGS.</param>
    /// <param name="now">The time.</param>
    public static Fate Of(SessionRecord record, bool crashed, bool clear, DateTimeOffset now)
    {
        var wasOpen = record.HowEnded is null or SessionEnd.ServerStopped or SessionEnd.ServerCrashed;
        var mayComeBack = Reconnection.IsAbnormal(record.HowEnded) && now - record.End < Reconnection.Window;
        var isWaitedFor = wasOpen ? !record.KeptByLastStart : mayComeBack;
        if (clear && !crashed && !isWaitedFor)
        {
            return Fate.Clear;
        }

        return isWaitedFor || mayComeBack || record.HowEnded is null ? Fate.Recover : Fate.Keep;
    }
}
