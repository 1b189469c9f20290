using System.Text;
using NNTileLogger.Ingest.EventFiles;

namespace NNTileLogger.Benchmarks.History;

/// <summary>Event files as trainings leave them: runs of ten curves that take turns, a point an event.</summary>
internal static class EventFileLoad
{
    private const int Curves = 10;
    private const int BlockSize = 1 << 20;
    private const double Start = 1.7e9;

    /// <summary>Writes them.</summary>
    /// <param name="folder">Where; each run is a folder in it.</param>
    /// <param name="runs">How many runs.</param>
    /// <param name="bytes">Bytes of them all.</param>
    /// <returns>How many series there are, and the last step of each.</returns>
    public static (int Series, long LastStep) Write(string folder, int runs, long bytes)
    {
        var block = new byte[BlockSize];
        var lastStep = 0L;
        for (var run = 0; run < runs; run++)
        {
            var records = Enumerable.Range(0, Curves).Select(number => new ScalarRecord(Encoding.UTF8.GetBytes($"train/curve {number}"))).ToArray();
            var directory = Directory.CreateDirectory(Path.Combine(folder, FormattableString.Invariant($"run {run:d5}"))).FullName;
            using var file = File.OpenHandle(Path.Combine(directory, "events.out.tfevents.1700000000.host.1.000000"), FileMode.CreateNew, FileAccess.Write);
            var (written, filled, step) = (0L, 0, 0L);
            while (run == 0 ? written + filled < bytes / runs : step < lastStep)
            {
                step++;
                for (var curve = 0; curve < Curves; curve++)
                {
                    filled += records[curve].Write(block.AsSpan(filled), step, [MathF.Sin(step + curve)], Start + step, out _);
                }

                if (BlockSize - filled < Curves * records[0].MaxSize)
                {
                    RandomAccess.Write(file, block.AsSpan(0, filled), written);
                    written += filled;
                    filled = 0;
                }
            }

            RandomAccess.Write(file, block.AsSpan(0, filled), written);
            lastStep = step;
        }

        return (runs * Curves, lastStep);
    }
}
