namespace Microsoft.ML
{
    /// <summary>Marks a class as the code behind a contract name that a saved model refers to.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class ExtensionBaseAttribute : Attribute
    {
        private protected ExtensionBaseAttribute(string contractName)
        {
            Errors.CheckNonEmpty(contractName, nameof(contractName));
            ContractName = contractName;
        }

        public string ContractName { get; }
    }
}

namespace Microsoft.ML.Transforms
{
    /// <summary>Marks a <see cref="CustomMappingFactory{TSrc, TDst}"/> with the contract name of its mapping.</summary>
    public sealed class CustomMappingFactoryAttributeAttribute : ExtensionBaseAttribute
    {
        public CustomMappingFactoryAttributeAttribute(string contractName) : base(contractName)
        {
        }
    }

    /// <summary>Makes a custom mapping when a model is loaded. <typeparamref name="TSrc"/> and <typeparamref name="TDst"/> are row classes.</summary>
    public abstract class CustomMappingFactory<TSrc, TDst> : ICustomMappingFactory
        where TSrc : class, new()
        where TDst : class, new()
    {
        public abstract Action<TSrc, TDst> GetMapping();

        ITransformer ICustomMappingFactory.MakeTransformer(string contractName) =>
            new CustomMappingTransformer<TSrc, TDst>(GetMapping(), contractName, null, null);
    }
}
