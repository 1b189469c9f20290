using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Proxy.Certificates;
using NNTileLogger.Proxy.Files;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Certificates;

/// <summary>When a person is reminded to renew.</summary>
public sealed class CertificateExpiryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(30, 60, 45.5, null)]
    [InlineData(30, 60, 46.5, "expires in 13 days: renew it")]
    [InlineData(30, 60, 60.5, "has expired: renew it")]
    [InlineData(1, 5, 3.9, null)]
    [InlineData(1, 5, 4.1, "expires in 0 days: renew it")]
    public void Notice_ByDaysLeftOfALife_IsGivenWhenRenewalShouldHaveHappened(int past, int left, double later, string? notice)
    {
        var expiry = Expiry(past, left);

        _time.Advance(TimeSpan.FromDays(later));

        Assert.Equal(left - later, expiry.Days, 0.001);
        if (notice is null)
        {
            Assert.Null(expiry.Notice);
        }
        else
        {
            Assert.Contains(notice, expiry.Notice, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reminder_EachDayOfNotice_IsLoggedOnce()
    {
        var log = new FakeLogger<ExpiryReminder>();
        using var reminder = new ExpiryReminder(Expiry(72, 16), _time, log);
        _time.Advance(TimeSpan.FromHours(6));

        await reminder.StartAsync(TestContext.Current.CancellationToken);
        for (var day = 1; day <= 5; day++)
        {
            var expected = Math.Max(0, day - 1);
            _time.Advance(TimeSpan.FromDays(1));
            await Signal.TrueAsync(() => log.Collector.Count == expected, $"{expected} reminders after {day} days");
        }

        await reminder.StopAsync(TestContext.Current.CancellationToken);
        Assert.Contains("TLS_CERT_FILE: the certificate of localhost", log.LatestRecord.Message, StringComparison.Ordinal);
    }

    private CertificateExpiry Expiry(int past, int left)
    {
        var now = _time.GetUtcNow();
        var pair = TestCertificate.Ecdsa(from: now.AddDays(-past), to: now.AddDays(left));
        var certificate = new ReloadedFile<ServerCertificate>(
            files => ServerCertificate.Make(files[0], files[1], "", _time),
            _time,
            ("TLS_CERT_FILE", _folder.Write("cert.pem", pair.Pem)),
            ("TLS_KEY_FILE", _folder.Write("key.pem", pair.KeyPem)));
        return new CertificateExpiry(certificate, _time);
    }
}
