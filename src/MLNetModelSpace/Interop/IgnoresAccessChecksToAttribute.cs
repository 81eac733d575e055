using System.Runtime.CompilerServices;

// What saving and loading need is internal in ML.NET; build-internal/PublicCore.targets shows it to the compiler, this line opens it at run time.
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]

namespace System.Runtime.CompilerServices;

/// <summary>Known to the runtime by its name: the assembly may use what another one keeps internal.</summary>
[AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
{
    public string AssemblyName { get; } = assemblyName;
}
