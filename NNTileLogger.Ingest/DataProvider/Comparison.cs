using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using NNTileLogger.Ingest.DataProvider.Protos.HParams;

namespace NNTileLogger.Ingest.DataProvider;

/// <summary>What the HParams page compares: how trainings were set up, their users' scalars, the speed of their workers. Pure.</summary>
internal static class Comparison
{
    private const int MostScalars = 24;
    private const int MostWorkers = 16;

    /// <summary>The experiment of all sessions.</summary>
    /// <returns>The data of the plugin.</returns>
    public static byte[] Of(IReadOnlyList<SessionFacts> sessions)
    {
        var experiment = new Experiment { Description = "Trainings of NNTile", TimeCreatedSecs = sessions.Min(session => session.Record.Start.ToUnixTimeSeconds()) };
        foreach (var parameter in sessions.SelectMany(session => session.Parameters()).GroupBy(parameter => parameter.Key, parameter => parameter.Value, StringComparer.Ordinal))
        {
            experiment.HparamInfos.Add(InfoOf(parameter.Key, [.. parameter]));
        }

        var scalars = Frequent(sessions.SelectMany(session => session.Scalars), MostScalars);
        var workers = Frequent(sessions.SelectMany(session => session.Workers), MostWorkers);
        var speed = System.Text.Encoding.UTF8.GetString(Series.Measures.WorkerTag);
        experiment.MetricInfos.Add(scalars.Select(scalar => MetricOf(scalar.Folder, scalar.Tag, scalar.Tag)));
        experiment.MetricInfos.Add(workers.Select(worker => MetricOf(worker, speed, $"GFlop/s of {worker}")));
        return new HParamsPluginData { Experiment = experiment }.ToByteArray();
    }

    private static HParamInfo InfoOf(string name, List<Value> values)
    {
        var info = new HParamInfo { Name = name, DisplayName = name, Differs = values.Distinct().Count() > 1 };
        if (values[0].KindCase == Value.KindOneofCase.NumberValue)
        {
            info.Type = DataType.Float64;
            info.DomainInterval = new Interval { MinValue = values.Min(value => value.NumberValue), MaxValue = values.Max(value => value.NumberValue) };
        }
        else
        {
            info.Type = DataType.String;
            info.DomainDiscrete = new ListValue { Values = { values.Distinct() } };
        }

        return info;
    }

    private static MetricInfo MetricOf(string group, string tag, string shown) =>
        new() { Name = new MetricName { Group = group, Tag = tag }, DisplayName = shown };

    // Those that most sessions have; among equals in the order of names.
    private static List<T> Frequent<T>(IEnumerable<T> all, int most)
        where T : notnull =>
        [.. all.GroupBy(one => one).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).Take(most).Select(group => group.Key)];
}
