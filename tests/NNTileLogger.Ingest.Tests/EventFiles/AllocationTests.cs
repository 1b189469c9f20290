using System.Text;
using NNTileLogger.Ingest.EventFiles;
using NNTileLogger.Ingest.Protocol;
using NNTileLogger.Ingest.Series;
using Xunit;

namespace NNTileLogger.Ingest.Tests.EventFiles;

/// <summary>A training that sends the same elements again and again costs no new memory from the line to its records.</summary>
public sealed class AllocationTests
{
    // Until the points that are kept of each series have all the room they may have.
    private const int WarmUp = 6_000;
    private const int Measured = 2_000;

    private readonly RunSet _runs = RunSets.New(1L << 40);
    private readonly MessageReader _reader = new(new ShapeMemory(1 << 20));
    private readonly Message _message = new();
    private readonly RecordBuffer _records = new();
    private readonly Queue<RunWriter> _job = new();
    private readonly MessageMapper _mapper;
    private long _bytes;

    public AllocationTests() => _mapper = new MessageMapper(_runs);

    [Theory]
    [InlineData("""{"buses":[{"dst_name":"CUDA 0","src_name":"NUMA 0","total_bus_time":0.5,"transferred_bytes":123456}],"memory_nodes":[{"name":"NUMA 0","size":1234}],"scalars":[{"name":"Train loss","values":[0.25]}],"workers":[{"flops":1e12,"name":"CPU 0","total_time":0.5}]}""")]
    [InlineData("""{"scalars":[{"name":"Train loss","values":[0.25,0.5,0.125,1.5,2.5,0.75,3.25,4.5,0.0625,1.25]},{"name":"lr","values":[1e-3]}]}""")]
    public void Messages_LikeThoseBefore_AllocateNothing(string json)
    {
        var line = Encoding.UTF8.GetBytes(json + "\n");
        TakeIn(line, 0, WarmUp);
        var before = GC.GetAllocatedBytesForCurrentThread();
        TakeIn(line, WarmUp, Measured);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.True(_bytes > (WarmUp + Measured) * 50L, $"only {_bytes} bytes of records were made");
    }

    // As the connection and the writer thread do, but for the socket and the files.
    private void TakeIn(ReadOnlySpan<byte> line, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            var accepted = _reader.Read(line, _message);
            lock (_runs.Gate)
            {
                var arrival = _runs.Arrive(DateTimeOffset.UnixEpoch.AddSeconds(i), i);
                if (accepted != LineResult.Accepted || !_mapper.TryAppend(line, _message, arrival))
                {
                    Assert.Fail("a message is not taken in");
                }
            }

            // At full speed some messages come between two rounds.
            if (i % 7 == 0)
            {
                Write();
            }
        }
    }

    private void Write()
    {
        _runs.Dirty.Take(_job);
        while (_job.TryDequeue(out var run))
        {
            run.Seal();
            for (var chunk = run.BeginWrite(); chunk is not null;)
            {
                _runs.Keep(run, chunk);
                _bytes += _records.Fill(run, chunk).Length;
                var next = run.Advance();
                _runs.Buffer.Return(chunk);
                chunk = next;
            }
        }
    }
}
