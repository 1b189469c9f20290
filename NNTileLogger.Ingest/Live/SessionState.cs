namespace NNTileLogger.Ingest.Live;

/// <summary>How a session is doing, in the words that the API and the page use.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(LowerCaseEnum<SessionState>))]
internal enum SessionState
{
    /// <summary>Open, and a message came within the last five seconds.</summary>
    Live,

    /// <summary>Open, and silent for longer.</summary>
    Stalled,

    /// <summary>Its connection broke, or this server did; its client may come back.</summary>
    Lost,

    /// <summary>Its client has closed it behind a whole line.</summary>
    Ended,
}
