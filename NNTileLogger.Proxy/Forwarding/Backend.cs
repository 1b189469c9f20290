namespace NNTileLogger.Proxy.Forwarding;

/// <summary>A service behind the proxy.</summary>
/// <param name="Name">Its word in <c>/health</c> and metrics.</param>
/// <param name="Title">What a person calls it.</param>
/// <param name="Address">Where it is.</param>
/// <param name="ProbePath">A cheap page that answers when it is up.</param>
/// <param name="Advice">What a person does when it stays away.</param>
internal sealed record Backend(string Name, string Title, Uri Address, string ProbePath, string Advice)
{
    public static Backend TensorBoard(Uri address) => new(
        "tensorboard",
        "TensorBoard",
        address,
        "/data/environment",
        "Its first start may take a minute. If it stays away, look at TensorBoard's own log, and at TENSORBOARD_URL if it was set.");

    public static Backend Live(Uri address) => new(
        "live",
        "The live page",
        address,
        "/alive",
        "It comes from the logger server (ingest). If it stays away, look at that server's log, and at LIVE_URL if it was set.");

    /// <summary>What paths are put behind.</summary>
    public string Prefix => Address.AbsoluteUri.TrimEnd('/');
}
