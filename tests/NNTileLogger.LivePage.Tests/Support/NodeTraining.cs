using System.Globalization;
using System.Text;

namespace NNTileLogger.LivePage.Tests.Support;

/// <summary>
/// Messages of a made-up training on one node, as NNTile sends them each half second: its GPUs, its CPU workers, all links
/// between the memory nodes, and scalars in groups. The same number gives the same message.
/// </summary>
/// <param name="gpus">GPUs.</param>
/// <param name="cpus">CPU workers.</param>
internal sealed class NodeTraining(int gpus, int cpus)
{
    /// <summary>Steps of Train/loss in each message.</summary>
    public const int LossesAMessage = 4;

    private readonly string[] _gpus = [.. Enumerable.Range(0, gpus).Select(k => $"CUDA {k}.0 (NVIDIA H100 80GB HBM3 79.1 GiB {k:x2}:00.0)")];
    private readonly string[] _memory =
        ["NUMA 0", .. Enumerable.Range(0, gpus).Select(k => $"CUDA {k} (NVIDIA H100 80GB HBM3 79.1 GiB {k:x2}:00.0)")];

    /// <summary>Runs of such a training without those of its scalars: workers, links, and memory nodes.</summary>
    public int Runs => gpus + cpus + (_memory.Length * (_memory.Length - 1)) + _memory.Length;

    public byte[] Message(int number)
    {
        var text = new StringBuilder("{\"workers\":[");
        AddAll(text, Enumerable.Range(0, cpus), k => $$"""{"name":"CPU {{k}}","total_time":0.5,"flops":{{Wave(number, k, 1e10, 1e9)}}}""");
        if (gpus > 0 && cpus > 0)
        {
            text.Append(',');
        }

        AddAll(text, Enumerable.Range(0, gpus), k => $$"""{"name":"{{_gpus[k]}}","total_time":0.5,"flops":{{Wave(number, k, 2.3e13, 1e12)}}}""");
        text.Append("],\"buses\":[");
        var links = _memory.SelectMany(from => _memory.Where(to => to != from).Select(to => (From: from, To: to))).ToArray();
        AddAll(text, Enumerable.Range(0, links.Length), k =>
            $$"""{"src_name":"{{links[k].From}}","dst_name":"{{links[k].To}}","total_bus_time":0.5,"transferred_bytes":{{Wave(number, k, 4e9, 3e9)}}}""");
        text.Append("],\"memory_nodes\":[");
        AddAll(text, Enumerable.Range(0, _memory.Length), k => $$"""{"name":"{{_memory[k]}}","size":{{Wave(number, k, 6e10, 1e10)}}}""");
        text.Append("],\"scalars\":[");
        var losses = string.Join(',', Enumerable.Range(number * LossesAMessage, LossesAMessage).Select(step => Number(2 + (8 * Math.Exp(-step / 4000.0)) + (0.1 * Math.Sin(step)))));
        text.Append(CultureInfo.InvariantCulture, $$"""{"name":"Train/loss","values":[{{losses}}]},{"name":"Validation/accuracy","values":[{{Wave(number, 0, 0.5, 0.1)}}]},{"name":"Validation/loss","values":[{{Wave(number, 1, 3, 0.2)}}]}""");
        text.Append("]}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AddAll(StringBuilder text, IEnumerable<int> numbers, Func<int, string> element) => text.AppendJoin(',', numbers.Select(element));

    private static string Wave(int number, int k, double middle, double height) => Number(middle + (height * Math.Sin((number * 0.05) + k)));

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
