using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Neural networks: modules, and the functions and initialisers they are made of.</summary>
    public static partial class nn
    {
        /// <summary>How a loss is reduced over its elements.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        /// <summary>What can be called like a function of one argument.</summary>
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        /// <summary>What can be called like a function of two arguments.</summary>
        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>Holds parameters, buffers and other modules under names.</summary>
        public class Module : IDisposable
        {
            protected string name;
            private readonly List<(string Name, Parameter? Value)> _ownParameters = [];
            private readonly List<(string Name, Tensor Value)> _ownBuffers = [];
            private readonly List<(string Name, Module Value)> _ownModules = [];
            private bool _registered;

            protected Module(string name) => this.name = name;

            public virtual string GetName() => name;

            public virtual bool training { get; private set; } = true;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var (_, child) in _ownModules)
                    child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in _ownModules)
                    child.apply(fn);
                fn(this);
                return this;
            }

            public virtual IEnumerable<(string name, Module module)> named_children()
            {
                foreach (var child in _ownModules)
                    yield return child;
            }

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var (childName, child) in _ownModules)
                {
                    yield return (childName, child);
                    foreach (var (innerName, inner) in child.named_modules())
                        yield return ($"{childName}.{innerName}", inner);
                }
            }

            public virtual IEnumerable<Module> children() => named_children().Select(c => c.module);

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                foreach (var (ownName, parameter) in _ownParameters)
                {
                    if (parameter is not null)
                        yield return (ownName, parameter);
                }
                if (!recurse)
                    yield break;
                foreach (var (childName, child) in named_children())
                {
                    foreach (var (innerName, parameter) in child.named_parameters())
                        yield return ($"{childName}.{innerName}", parameter);
                }
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual Tensor get_buffer(string target) => Find(Buffers(), target)!;

            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (ownName, parameter) in _ownParameters)
                {
                    if (parameter is not null)
                        destination[Join(prefix, ownName)] = parameter;
                }
                foreach (var (ownName, buffer) in _ownBuffers)
                    destination[Join(prefix, ownName)] = buffer;
                foreach (var (childName, child) in named_children())
                    child.state_dict(destination, Join(prefix, childName));
                return destination;
            }

            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var own = state_dict();
                var left = skip ?? [];
                var missing = own.Keys.Where(k => !left.Contains(k) && !source.ContainsKey(k)).ToList();
                var unexpected = source.Keys.Where(k => !left.Contains(k) && !own.ContainsKey(k)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary."
                        + (missing.Count > 0 ? $" Missing: {string.Join(", ", missing)}." : "")
                        + (unexpected.Count > 0 ? $" Unexpected: {string.Join(", ", unexpected)}." : ""));
                }
                var shared = own.Where(o => !left.Contains(o.Key) && source.ContainsKey(o.Key)).ToList();
                foreach (var (key, target) in shared)
                {
                    if (!Shapes.Same(source[key].Valid(), target))
                        throw Errors.Torch($"load_state_dict: shape {Errors.Shape(source[key].Sizes)} cannot be loaded into '{key}' of shape {Errors.Shape(target.Sizes)}");
                }
                using (no_grad())
                {
                    foreach (var (key, target) in shared)
                        target.copy_(source[key]);
                }
                return (missing, unexpected);
            }

            public virtual void register_parameter(string name, Parameter? param)
            {
                Require(name, "parameter");
                _ownParameters.RemoveAll(p => p.Name == name);
                _ownParameters.Add((name, param));
                param?.DetachFromDisposeScope();
            }

            public virtual void register_module(string name, Module? submodule)
            {
                Require(name, "module");
                if (submodule is null)
                    return;
                submodule.OnRegistering();
                _ownModules.RemoveAll(m => m.Name == name);
                _ownModules.Add((name, submodule));
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            internal void RegisterBuffer(string bufferName, Tensor buffer)
            {
                Require(bufferName, "buffer");
                _ownBuffers.RemoveAll(b => b.Name == bufferName);
                _ownBuffers.Add((bufferName, buffer.DetachFromDisposeScope()));
            }

            internal void Replace(string ownName, Parameter? value)
            {
                var at = _ownParameters.FindIndex(p => p.Name == ownName);
                _ownParameters[at] = (ownName, value);
                value?.DetachFromDisposeScope();
            }

            /// <summary>Called before the module becomes part of another.</summary>
            private protected virtual void OnRegistering()
            {
            }

            /// <summary>Registers every field that is a module, a parameter or another tensor (a buffer), under the field's name.</summary>
            protected virtual void RegisterComponents()
            {
                if (_registered)
                    return;
                _registered = true;
                foreach (var field in GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
                {
                    var fieldName = field.Name;
                    switch (field.GetValue(this))
                    {
                        case Module child:
                            register_module(fieldName, child);
                            break;
                        case Parameter parameter:
                            register_parameter(fieldName, parameter);
                            break;
                        case Tensor buffer:
                            RegisterBuffer(fieldName, buffer);
                            break;
                    }
                }
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                    return;
                foreach (var (_, parameter) in _ownParameters)
                    parameter?.Dispose();
                foreach (var (_, buffer) in _ownBuffers)
                    buffer.Dispose();
                foreach (var (_, child) in _ownModules)
                    child.Dispose();
            }

            private static T? Find<T>(IEnumerable<(string Name, T Value)> named, string target) where T : class
            {
                foreach (var (candidate, value) in named)
                {
                    if (candidate == target)
                        return value;
                }
                return null;
            }

            private static string Join(string? prefix, string key) => string.IsNullOrEmpty(prefix) ? key : $"{prefix}.{key}";

            private static void Require(string key, string what)
            {
                if (string.IsNullOrEmpty(key))
                    throw new ArgumentException($"A {what} needs a name.", nameof(key));
                if (key.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"{what} name can't contain \".\"", nameof(key));
            }

            private IEnumerable<(string Name, Tensor Value)> Buffers()
            {
                foreach (var buffer in _ownBuffers)
                    yield return buffer;
                foreach (var (childName, child) in named_children())
                {
                    foreach (var (innerName, buffer) in child.Buffers())
                        yield return ($"{childName}.{innerName}", buffer);
                }
            }
        }

        /// <summary>A module of one argument.</summary>
        public abstract class Module<T, TResult> : Module, IModule<T, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            public TResult call(T input) => forward(input);
        }

        /// <summary>A module of two arguments.</summary>
        public abstract class Module<T1, T2, TResult> : Module, IModule<T1, T2, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2) => forward(input1, input2);
        }
    }
}
