using System.Text;

namespace NNTileLogger.AppHost.Compose;

/// <summary>A .env beside a <see cref="ComposeFile"/>: the variables that its placeholders name, in the order they were added.</summary>
internal sealed class EnvFile
{
    private readonly List<EnvVariable> _variables = [];

    public void Add(EnvVariable variable) => _variables.Add(variable);

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
