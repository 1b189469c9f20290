using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using NNTileLogger.Proxy.Certificates;
using NNTileLogger.Proxy.Files;
using NNTileLogger.Proxy.Tests.Support;
using Xunit;

namespace NNTileLogger.Proxy.Tests.Certificates;

/// <summary>What is made of a certificate's file and a key's, and what is said of those of which nothing can be made.</summary>
public sealed class ServerCertificateTests
{
    private static readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private static readonly TestCertificate _good = TestCertificate.Ecdsa();

    [Fact]
    public void Make_EcdsaPair_IsTaken() => Assert.Equal(_good.Thumbprint, Make(_good.Pem, _good.KeyPem));

    [Fact]
    public void Make_EcKeyOfOldForm_IsTaken() => Assert.Equal(
        _good.Thumbprint,
        Make(_good.Pem, "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + _good.OldKeyPem));

    [Fact]
    public void Make_RsaPairOfEitherForm_IsTaken()
    {
        var rsa = TestCertificate.Rsa();

        Assert.Equal(rsa.Thumbprint, Make(rsa.Pem, rsa.KeyPem));
        Assert.Equal(rsa.Thumbprint, Make(rsa.Pem, rsa.OldKeyPem));
    }

    [Fact]
    public void Make_EncryptedKeyAndItsPassword_IsTaken() =>
        Assert.Equal(_good.Thumbprint, Make(_good.Pem, _good.EncryptedKeyPem, TestCertificate.Password));

    [Fact]
    public void Make_OneFileForBoth_IsTaken() => Assert.Equal(_good.Thumbprint, Make(_good.KeyPem + _good.Pem, _good.KeyPem + _good.Pem));

    [Fact]
    public void Make_WindowsLineEnds_AreTaken() =>
        Assert.Equal(_good.Thumbprint, Make(_good.Pem.ReplaceLineEndings("\r\n"), _good.KeyPem.ReplaceLineEndings("\r\n")));

    [Fact]
    public void Make_ChainInAnyOrder_HasItsLeafAndIntermediate()
    {
        var root = TestCertificate.Authority("root");
        var intermediate = TestCertificate.Authority("intermediate", root);
        var leaf = intermediate.Issue();

        foreach (var text in (string[])[leaf.Pem + intermediate.Pem, intermediate.Pem + leaf.Pem])
        {
            var made = Load(text, leaf.KeyPem, "", _now);
            Assert.Equal(leaf.Thumbprint, made.Context.TargetCertificate.Thumbprint);
            Assert.Contains(made.Context.IntermediateCertificates, one => one.Thumbprint == intermediate.Thumbprint);
        }
    }

    [Fact]
    public void Make_KeyOfAnotherCertificate_NamesTheKeyFile() =>
        AssertRefused(_good.Pem, TestCertificate.Ecdsa().KeyPem, "", "TLS_KEY_FILE=key.pem", "not the key of the certificate");

    [Fact]
    public void Make_Expired_SaysSince()
    {
        var old = TestCertificate.Ecdsa(from: _now.AddDays(-20), to: _now.AddDays(-1));

        AssertRefused(old.Pem, old.KeyPem, "", "TLS_CERT_FILE=cert.pem", "expired at " + old.Certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Make_NotYetGood_MayBeTriedLater()
    {
        var early = TestCertificate.Ecdsa(from: _now.AddHours(1));

        var refused = AssertRefused(early.Pem, early.KeyPem, "", "TLS_CERT_FILE=cert.pem", "clock");

        Assert.Equal(early.Certificate.NotBefore.ToUniversalTime(), refused.RetryAt!.Value.UtcDateTime);
    }

    [Fact]
    public void Make_FilesTheWrongWayRound_AsksForThat() =>
        AssertRefused(_good.KeyPem, _good.Pem, "", "TLS_KEY_FILE=key.pem", "the wrong way round");

    [Fact]
    public void Make_CertificateFileHoldsOnlyAKey_AsksForTheOtherWayRound() =>
        AssertRefused(_good.KeyPem, _good.KeyPem, "", "TLS_CERT_FILE=cert.pem", "no CERTIFICATE in it, only PRIVATE KEY");

    [Fact]
    public void Make_EncryptedKeyWithoutPassword_AsksForIt() =>
        AssertRefused(_good.Pem, _good.EncryptedKeyPem, "", "TLS_KEY_FILE=key.pem", "TLS_KEY_PASSWORD");

    [Fact]
    public void Make_WrongPassword_IsSaidWithoutShowingIt()
    {
        var refused = AssertRefused(_good.Pem, _good.EncryptedKeyPem, "hunter2hunter2", "TLS_KEY_FILE=key.pem", "not shown");

        Assert.DoesNotContain("hunter2", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_KeyEncryptedInTheOldWay_GivesTheCommand() => AssertRefused(
        _good.Pem,
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
        "x",
        "TLS_KEY_FILE=key.pem",
        "openssl pkcs8 -topk8");

    [Fact]
    public void Make_ShortRsaKey_IsRefused()
    {
        var rsa = TestCertificate.Rsa(1024);

        AssertRefused(rsa.Pem, rsa.KeyPem, "", "TLS_KEY_FILE=key.pem", "1024 bits");
    }

    [Fact]
    public void Make_CertificateForClients_IsRefused()
    {
        var client = TestCertificate.Authority("root").Issue(purpose: "1.3.6.1.5.5.7.3.2");

        AssertRefused(client.Pem, client.KeyPem, "", "TLS_CERT_FILE=cert.pem", "not meant for servers");
    }

    [Fact]
    public void Make_CutAnywhere_IsRefusedOrIsTheWholeLeaf()
    {
        var intermediate = TestCertificate.Authority("intermediate", TestCertificate.Authority("root"));
        var leaf = intermediate.Issue();
        var chain = leaf.Pem + intermediate.Pem;

        for (var length = 0; length < chain.Length - 1; length++)
        {
            var isTaken = false;
            try
            {
                isTaken = Make(chain[..length], leaf.KeyPem).Length > 0;
            }
            catch (FileProblemException)
            {
                // As it should be.
            }

            Assert.True(!isTaken || (length >= leaf.Pem.Length - 1 && length <= leaf.Pem.Length + 30), $"cut after {length} of {chain.Length} characters it is taken");
        }
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("0\u0082\u0003", "not PEM")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIBnotreally\n-----END CERTIFICATE-----\n", "damaged")]
    public void Make_NoCertificate_SaysWhatItIs(string text, string reason) => AssertRefused(text, _good.KeyPem, "", "TLS_CERT_FILE=cert.pem", reason);

    [Fact]
    public void Make_DamagedKey_SaysSo() => AssertRefused(
        _good.Pem, "-----BEGIN PRIVATE KEY-----\nMIIBAAAA\n-----END PRIVATE KEY-----\n", "", "TLS_KEY_FILE=key.pem", "damaged");

    private static string Make(string certificates, string key, string password = "") =>
        Load(certificates, key, password, _now).Context.TargetCertificate.Thumbprint;

    private static ServerCertificate Load(string certificates, string key, string password, DateTimeOffset now) => ServerCertificate.Make(
        new SourceFile("TLS_CERT_FILE", "cert.pem", certificates), new SourceFile("TLS_KEY_FILE", "key.pem", key), password, new FakeTimeProvider(now));

    private static FileProblemException AssertRefused(string certificates, string key, string password, string file, string reason)
    {
        var refused = Assert.Throws<FileProblemException>(() => Load(certificates, key, password, _now));
        Assert.StartsWith(file + ": ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(".pem", refused.WithoutPath.Replace("openssl pkcs8 -topk8 -in old.pem -out key.pem", "", StringComparison.Ordinal), StringComparison.Ordinal);
        return refused;
    }
}
