using System.Reflection;

namespace Microsoft.ML.Runtime;

/// <summary>What a context knows to load: the models of registered assemblies, by the signature they were saved with, and custom mappings by contract.</summary>
public sealed class ComponentCatalog
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _assemblies = [];
    private readonly Dictionary<(string Name, Type Signature), LoadableClassInfo> _classes = [];
    private readonly Dictionary<(Type Attribute, string Contract), Type> _extensions = [];

    internal ComponentCatalog()
    {
    }

    /// <summary>Makes an assembly's custom mappings loadable. Registering it again changes nothing.</summary>
    public void RegisterAssembly(Assembly assembly, bool throwOnError = true)
    {
        lock (_lock)
        {
            if (!_assemblies.Add(assembly.FullName))
                return;
            foreach (var attribute in assembly.GetCustomAttributes<LoadableClassAttributeBase>())
                RegisterLoadable(attribute, throwOnError);
            foreach (var type in assembly.GetTypes())
                foreach (var attribute in type.GetCustomAttributes<ExtensionBaseAttribute>(inherit: false))
                    RegisterExtension(type, attribute, throwOnError);
        }
    }

    internal LoadableClassInfo GetLoadableClassInfo(string loadName, Type signatureType)
    {
        lock (_lock)
            return _classes.GetValueOrDefault((Normalize(loadName), signatureType));
    }

    /// <summary>The custom mapping of a contract, made anew.</summary>
    internal object GetExtensionValue(Type attributeType, string contractName)
    {
        Type type;
        lock (_lock)
            if (!_extensions.TryGetValue((attributeType, contractName), out type))
                throw new InvalidOperationException(
                    $"No {attributeType.Name} with the contract name '{contractName}' was found; register its assembly with MLContext.ComponentCatalog.RegisterAssembly before loading");
        return Activator.CreateInstance(type);
    }

    private void AddClass(LoadableClassInfo info, string[] loadNames, bool throwOnError)
    {
        lock (_lock)
        {
            foreach (var signature in info.SignatureTypes)
            {
                foreach (string name in loadNames)
                {
                    if (!_classes.TryAdd((Normalize(name), signature), info) && throwOnError)
                        throw new InvalidOperationException($"ComponentCatalog cannot map name '{name}' and signature '{signature.Name}' to {info.Type.Name}: the name is taken");
                }
            }
        }
    }

    private void RegisterLoadable(LoadableClassAttributeBase attribute, bool throwOnError)
    {
        const BindingFlags any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        var create = attribute.LoaderType.GetMethod("Create", any, [typeof(IHostEnvironment), typeof(ModelLoadContext)]);
        if (create is null)
        {
            if (throwOnError)
                throw new InvalidOperationException($"Can't instantiate loadable class '{attribute.InstanceType.Name}' with name '{attribute.LoadNames.FirstOrDefault()}'");
            return;
        }
        AddClass(new LoadableClassInfo(attribute, null, null, create, requireEnvironment: true), attribute.LoadNames, throwOnError);
    }

    private void RegisterExtension(Type type, ExtensionBaseAttribute attribute, bool throwOnError)
    {
        if (!_extensions.TryAdd((attribute.GetType(), attribute.ContractName), type) && throwOnError)
            throw new InvalidOperationException($"The contract name '{attribute.ContractName}' is used by more than one {attribute.GetType().Name}");
    }

    // Names are compared as the official catalog does, without regard to case.
    private static string Normalize(string name) => name.ToLowerInvariant().Trim();

    /// <summary>One way to make something loadable.</summary>
    internal sealed class LoadableClassInfo
    {
        internal LoadableClassInfo(LoadableClassAttributeBase attr, MethodInfo getter, ConstructorInfo ctor, MethodInfo create, bool requireEnvironment)
        {
            ArgumentNullException.ThrowIfNull(attr);
            Type = attr.InstanceType;
            LoaderType = attr.LoaderType;
            SignatureTypes = attr.SigTypes;
            LoadNames = attr.LoadNames;
            InstanceGetter = getter;
            Constructor = ctor;
            CreateMethod = create;
            RequireEnvironment = requireEnvironment;
        }

        public Type Type { get; }

        public Type LoaderType { get; }

        public IReadOnlyList<Type> SignatureTypes { get; }

        public IReadOnlyList<string> LoadNames { get; }

        public MethodInfo InstanceGetter { get; }

        public ConstructorInfo Constructor { get; }

        public MethodInfo CreateMethod { get; }

        public bool RequireEnvironment { get; }

        /// <summary>Makes the instance. A failure inside a foreign loader comes wrapped, as the official catalog wraps it.</summary>
        public object CreateInstance(IHostEnvironment env, object args, object[] extra)
        {
            object[] values = [.. RequireEnvironment ? [env] : Array.Empty<object>(), .. args is null ? [] : new[] { args }, .. extra ?? []];
            try
            {
                return InstanceGetter is not null ? InstanceGetter.Invoke(null, null)
                    : Constructor is not null ? Constructor.Invoke(values)
                    : CreateMethod.Invoke(null, values);
            }
            catch (TargetInvocationException error) when (error.InnerException is FormatException && LoaderType.Assembly == typeof(ComponentCatalog).Assembly)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error.InnerException);
                throw;
            }
            catch (TargetInvocationException error)
            {
                throw new InvalidOperationException("Error during class instantiation", error.InnerException);
            }
        }
    }
}
