namespace NNTileLogger.Ingest.DataProvider;

/// <summary>
/// How many points each series of a reply gets. TensorBoard takes 10 to 16 microseconds for a point, under one lock: a
/// reply with five million points keeps everybody waiting for more than a minute. Pure functions.
/// </summary>
internal static class PointShares
{
    /// <summary>Points of one reply, where a sample is asked for: a second of TensorBoard's time.</summary>
    public const int MostOfReply = 100_000;

    /// <summary>The most points of each series.</summary>
    /// <param name="counts">How many points each has.</param>
    /// <param name="asked">How many are asked for of each; 0, or more than a reply's, for all.</param>
    /// <returns><see cref="int.MaxValue"/> for all.</returns>
    public static int Of(IEnumerable<long> counts, long asked)
    {
        if (asked is 0 or > MostOfReply)
        {
            return int.MaxValue;
        }

        // What short series leave over is for the long ones.
        long left = MostOfReply;
        var shortestFirst = counts.Order().ToList();
        for (var at = 0; at < shortestFirst.Count; at++)
        {
            var share = left / (shortestFirst.Count - at);
            if (shortestFirst[at] >= share || share >= asked)
            {
                return (int)Math.Clamp(share, 1, asked);
            }

            left -= shortestFirst[at];
        }

        return (int)asked;
    }
}
