using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class DataViewSchema
{
    /// <summary>What is known of a column besides its values: slot names, key values, what kind of score it is.</summary>
    public sealed class Annotations
    {
        private readonly Delegate[] _getters;

        private Annotations(DataViewSchema schema, Delegate[] getters)
        {
            Schema = schema;
            _getters = getters;
        }

        public static Annotations Empty { get; } = new(new DataViewSchema([]), []);

        public DataViewSchema Schema { get; }

        public ValueGetter<TValue> GetGetter<TValue>(Column column)
        {
            if (column.Index >= _getters.Length)
                throw new ArgumentOutOfRangeException(nameof(column));
            return _getters[column.Index] as ValueGetter<TValue>
                ?? throw Errors.InvalidGetterType(typeof(TValue), _getters[column.Index].GetType().GetGenericArguments()[0]);
        }

        public void GetValue<TValue>(string kind, ref TValue value)
        {
            var column = Schema.GetColumnOrNull(kind) ?? throw new InvalidOperationException($"Invalid call to {nameof(GetValue)}: there is no annotation '{kind}'");
            GetGetter<TValue>(column)(ref value);
        }

        public override string ToString() => string.Join(", ", Schema.Select(c => c.Name));

        internal Delegate GetterOf(int index) => _getters[index];

        public sealed class Builder
        {
            private readonly List<(DetachedColumn Column, Delegate Getter)> _items = [];

            public void Add(Annotations annotations, Func<string, bool> selector)
            {
                ArgumentNullException.ThrowIfNull(selector);
                if (annotations is null)
                    return;
                foreach (var column in annotations.Schema)
                    if (selector(column.Name))
                        _items.Add((new DetachedColumn(column), annotations._getters[column.Index]));
            }

            public void Add(string name, DataViewType type, Delegate getter, Annotations annotations = null)
            {
                ArgumentNullException.ThrowIfNull(type);
                ArgumentNullException.ThrowIfNull(getter);
                if (getter.GetType() != typeof(ValueGetter<>).MakeGenericType(type.RawType))
                    throw new ArgumentOutOfRangeException(nameof(getter), $"The getter of an annotation of type {type} must give {type.RawType}");
                _items.Add((new DetachedColumn(name, type, annotations), getter));
            }

            public void Add<TValue>(string name, DataViewType type, ValueGetter<TValue> getter, Annotations annotations = null) =>
                Add(name, type, (Delegate)getter, annotations);

            public void AddPrimitiveValue<TValue>(string name, PrimitiveDataViewType type, TValue value, Annotations annotations = null)
            {
                ArgumentNullException.ThrowIfNull(type);
                if (type.RawType != typeof(TValue))
                    throw new ArgumentOutOfRangeException(nameof(type), $"A value of {typeof(TValue)} cannot have the type {type}");
                Add(name, type, (ref TValue result) => result = value, annotations);
            }

            public Annotations ToAnnotations()
            {
                var builder = new DataViewSchema.Builder();
                builder.AddColumns(_items.Select(item => item.Column));
                return new Annotations(builder.ToSchema(), [.. _items.Select(item => item.Getter)]);
            }
        }
    }
}
