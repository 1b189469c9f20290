using System.Diagnostics;
using System.Globalization;
using CsCheck;

namespace NNTileLogger.Ingest.Tests.Support;

/// <summary>
/// Runs the fuzz tests: few lines with all other tests, as many as the variable FUZZ_LINES says in a run of its own,
/// which tells how far it is. A case that fails is made as small as can be, and said with its seed; CsCheck_Seed repeats it.
/// </summary>
internal static class Fuzz
{
    private const string Variable = "FUZZ_LINES";
    private const long FewLines = 300_000;
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _progressPause = TimeSpan.FromSeconds(10);

    /// <summary>Checks generated cases until a share of all lines is used up.</summary>
    /// <param name="what">What is checked, for progress.</param>
    /// <param name="share">Of all lines.</param>
    /// <param name="gen">Makes the cases.</param>
    /// <param name="check">Fails on a bad one; tells how many lines it read.</param>
    /// <param name="print">Shows a case.</param>
    /// <param name="casesAtOnce">Between two looks at the clock.</param>
    public static void Run<T>(string what, double share, Gen<T> gen, Func<T, int> check, Func<T, string> print, int casesAtOnce = 2_000)
    {
        var said = Environment.GetEnvironmentVariable(Variable);
        var wanted = (long)(share * (said is null ? FewLines : long.Parse(said, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)));
        var lines = 0L;
        var cases = 0L;
        var clock = Stopwatch.StartNew();
        var next = TimeSpan.Zero;
        while (Interlocked.Read(ref lines) < wanted)
        {
            gen.Sample(
                value =>
                {
                    using var watch = new Timer(_ => Environment.FailFast($"{what} hangs on\n{print(value)}"), null, _hang, Timeout.InfiniteTimeSpan);
                    Interlocked.Add(ref lines, check(value));
                },
                iter: casesAtOnce,
                print: print);
            cases += casesAtOnce;
            if (said is not null && (clock.Elapsed >= next || lines >= wanted))
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {lines} of {wanted} lines, {cases} cases, {clock.Elapsed.TotalSeconds:F0} s"));
                next = clock.Elapsed + _progressPause;
            }
        }
    }

    /// <summary>Bytes as text that can be pasted into a test.</summary>
    public static string Print(ReadOnlySpan<byte> bytes)
    {
        var text = new System.Text.StringBuilder(bytes.Length);
        foreach (var b in bytes)
        {
            _ = b is >= 0x20 and < 0x7F and not (byte)'\\' ? text.Append((char)b) : text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return text.ToString();
    }
}
