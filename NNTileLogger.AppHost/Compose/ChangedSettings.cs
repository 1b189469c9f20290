using System.Text.RegularExpressions;

namespace NNTileLogger.AppHost.Compose;

/// <summary>
/// Finds what people changed in the .env of an earlier publishing, which is to outlive the next one: values that are not
/// the defaults of the docker-compose.yaml beside it, and variables of their own.
/// </summary>
internal static partial class ChangedSettings
{
    /// <summary>Reads both files.</summary>
    /// <param name="env">The path of the .env; it need not exist.</param>
    /// <param name="compose">The path of the docker-compose.yaml; where it does not exist all values count as changed.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Values as they are written, by variable, in the order of the file.</returns>
    /// <exception cref="InvalidOperationException">A line cannot be kept.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string env, string compose, CancellationToken cancellationToken)
    {
        var changed = new OrderedDictionary<string, string>();
        if (!File.Exists(env))
        {
            return changed;
        }

        var number = 0;
        foreach (var line in await File.ReadAllLinesAsync(env, cancellationToken))
        {
            number++;
            if (Nothing().IsMatch(line))
            {
                continue;
            }

            // Not shown: it may be part of a password.
            var variable = Variable().Match(line);
            if (!variable.Success)
            {
                throw new InvalidOperationException(
                    $"{env}, line {number}, is neither NAME=VALUE nor a comment, and would be lost; write it on one line as NAME=VALUE, or move the file away, and publish again.");
            }

            changed[variable.Groups["name"].Value] = variable.Groups["value"].Value.Trim();
        }

        if (File.Exists(compose))
        {
            foreach (Match placeholder in Placeholder().Matches(await File.ReadAllTextAsync(compose, cancellationToken)))
            {
                var name = placeholder.Groups["name"].Value;
                if (changed.GetValueOrDefault(name) == placeholder.Groups["value"].Value)
                {
                    changed.Remove(name);
                }
            }
        }

        return changed;
    }

    [GeneratedRegex(@"^\s*(#|$)")]
    private static partial Regex Nothing();

    [GeneratedRegex(@"^\s*(export\s+)?(?<name>[A-Za-z_][A-Za-z0-9_.-]*)\s*=(?<value>.*)$")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z0-9_]+):?-(?<value>[^}]*)\}")]
    private static partial Regex Placeholder();
}
