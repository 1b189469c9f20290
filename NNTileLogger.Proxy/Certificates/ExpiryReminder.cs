namespace NNTileLogger.Proxy.Certificates;

/// <summary>Reminds the log once a day that the certificate wants renewing; the host runs it.</summary>
internal sealed partial class ExpiryReminder(CertificateExpiry expiry, TimeProvider time, ILogger<ExpiryReminder> logger) : BackgroundService
{
    private static readonly TimeSpan _period = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period, time);
        do
        {
            if (expiry.Notice is { } notice)
            {
                LogNotice(logger, notice);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "TLS_CERT_FILE: {Notice}.")]
    private static partial void LogNotice(ILogger logger, string notice);
}
