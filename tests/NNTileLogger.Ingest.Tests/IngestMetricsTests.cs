using System.Diagnostics.Metrics;
using Xunit;

namespace NNTileLogger.Ingest.Tests;

/// <summary>What exporters are told of the service's instruments.</summary>
public sealed class IngestMetricsTests
{
    [Fact]
    public void Histograms_OfSeconds_TellTheDelaysThatArePromisedFromLongerOnes()
    {
        var histograms = new List<Histogram<double>>();
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument is Histogram<double> histogram && histogram.Meter.Name == IngestMetrics.MeterName)
                {
                    lock (histograms)
                    {
                        histograms.Add(histogram);
                    }
                }
            };
            listener.Start();
            using var metrics = new IngestMetrics();
        }

        Assert.True(histograms.Count >= 3, $"{histograms.Count} histograms");
        Assert.All(histograms, histogram =>
        {
            Assert.Equal("s", histogram.Unit);
            double[] boundaries = [.. histogram.Advice?.HistogramBucketBoundaries ?? []];
            Assert.Contains(0.02, boundaries);
            Assert.Contains(0.1, boundaries);
            Assert.All(boundaries.Zip(boundaries[1..]), pair => Assert.InRange(pair.Second / pair.First, 1.5, 2.6));
        });
    }
}
