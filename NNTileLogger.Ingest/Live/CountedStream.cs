namespace NNTileLogger.Ingest.Live;

/// <summary>
/// The body of an answer that knows how much has been written: Parquet's footer says where each column begins, and a
/// body cannot be asked. Its writer works with blocking calls in places, which a body refuses: those bytes wait for the
/// next call that does not block.
/// </summary>
internal sealed class CountedStream(Stream body) : Stream
{
    private readonly MemoryStream _waiting = new();
    private long _position;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _position;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException("what has been sent cannot be changed");
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _waiting.Write(buffer);
        _position += buffer.Length;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await SendWaitingAsync(cancellationToken);
        await body.WriteAsync(buffer, cancellationToken);
        _position += buffer.Length;
    }

    public override void Flush()
    {
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await SendWaitingAsync(cancellationToken);
        await body.FlushAsync(cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await SendWaitingAsync(CancellationToken.None);
        await base.DisposeAsync();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("the body of an answer is written only");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("what has been sent cannot be changed");

    public override void SetLength(long value) => throw new NotSupportedException("what has been sent cannot be changed");

    private async Task SendWaitingAsync(CancellationToken cancellation)
    {
        if (_waiting.Length > 0)
        {
            await body.WriteAsync(_waiting.GetBuffer().AsMemory(0, (int)_waiting.Length), cancellation);
            _waiting.SetLength(0);
        }
    }
}
