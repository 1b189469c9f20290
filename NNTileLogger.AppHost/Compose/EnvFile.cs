using System.Text;

namespace NNTileLogger.AppHost.Compose;

/// <summary>A .env beside a <see cref="ComposeFile"/>: the variables that its placeholders name, in the order they were added.</summary>
internal sealed class EnvFile
{
    private readonly List<EnvVariable> _variables = [];

    public void Add(EnvVariable variable) => _variables.Add(variable);

    /// <summary>Takes over values of an earlier file; what is not known here comes last.</summary>
    public void Keep(IReadOnlyDictionary<string, string> values)
    {
        for (var i = 0; i < _variables.Count; i++)
        {
            _variables[i] = _variables[i] with { Value = values.GetValueOrDefault(_variables[i].Name, _variables[i].Value) };
        }

        var description = "Not of docker-compose.yaml: kept from the .env that was here before.";
        foreach (var (name, value) in values.ExceptBy(_variables.Select(variable => variable.Name), one => one.Key).ToArray())
        {
            Add(new EnvVariable(name, value, description));
            description = null;
        }
    }

    /// <summary>The text: a variable with a description begins a group, one without follows the one before it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var variable in _variables)
        {
            if (variable.Description is { Length: > 0 } description)
            {
                text.Append('\n');
                foreach (var line in description.Split('\n'))
                {
                    text.Append("# ").Append(line).Append('\n');
                }
            }

            text.Append(variable.Name).Append('=').Append(variable.Value).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>One line of a .env.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">What it is until somebody changes it.</param>
/// <param name="Description">What a person should know, lines apart; null where the variable before it says it.</param>
internal sealed record EnvVariable(string Name, string Value, string? Description);
