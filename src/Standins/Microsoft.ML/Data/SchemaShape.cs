using System.Collections;
using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>What is known of a schema before there is data: names, item types, and whether columns are vectors, not their sizes.</summary>
public sealed class SchemaShape : IReadOnlyList<SchemaShape.Column>
{
    private static readonly SchemaShape _empty = new([]);
    private readonly Column[] _columns;

    public SchemaShape(IEnumerable<Column> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        _columns = [.. columns];
    }

    public int Count => _columns.Length;

    public Column this[int index] => _columns[index];

    public IEnumerator<Column> GetEnumerator() => ((IEnumerable<Column>)_columns).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _columns.GetEnumerator();

    /// <summary>The shape of a schema's visible columns, with the kinds of their annotations.</summary>
    internal static SchemaShape Create(DataViewSchema schema) =>
        new(schema.Where(c => !c.IsHidden).Select(c => Column.FromType(c.Name, c.Type, new SchemaShape(c.Annotations.Schema.Select(a => Column.FromType(a.Name, a.Type))))));

    internal bool TryFindColumn(string name, out Column column)
    {
        int index = Array.FindIndex(_columns, c => c.Name == name);
        column = index >= 0 ? _columns[index] : default;
        return index >= 0;
    }

    /// <summary>This shape with columns added, or put in place of those of the same name.</summary>
    internal SchemaShape With(params ReadOnlySpan<Column> columns)
    {
        var result = new Dictionary<string, Column>();
        foreach (var column in _columns)
            result[column.Name] = column;
        foreach (var column in columns)
            result[column.Name] = column;
        return new SchemaShape(result.Values);
    }

    public readonly struct Column
    {
        public readonly string Name;

        public readonly VectorKind Kind;

        public readonly DataViewType ItemType;

        public readonly bool IsKey;

        public readonly SchemaShape Annotations;

        internal Column(string name, VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape annotations = null)
        {
            Errors.CheckNonEmpty(name, nameof(name));
            ArgumentNullException.ThrowIfNull(itemType);
            if (itemType is KeyDataViewType)
                throw new ArgumentOutOfRangeException(nameof(itemType), "Item type cannot be a key");
            if (itemType is VectorDataViewType)
                throw new ArgumentOutOfRangeException(nameof(itemType), "Item type cannot be a vector");
            Name = name;
            Kind = vecKind;
            ItemType = itemType;
            IsKey = isKey;
            Annotations = annotations ?? _empty;
        }

        internal bool IsValid => Name is not null;

        internal static Column FromType(string name, DataViewType type, SchemaShape annotations = null)
        {
            var kind = type is not VectorDataViewType vector ? VectorKind.Scalar : vector.IsKnownSize ? VectorKind.Vector : VectorKind.VariableVector;
            var item = type.ItemType();
            return item is KeyDataViewType
                ? new Column(name, kind, DataViewTypes.FromRaw(item.RawType), true, annotations)
                : new Column(name, kind, item, false, annotations);
        }

        /// <summary>Whether <paramref name="source"/> can be used where this column is asked for.</summary>
        internal bool IsCompatibleWith(Column source) =>
            Name == source.Name && Kind == source.Kind && ItemType.Equals(source.ItemType) && IsKey == source.IsKey;

        internal string GetTypeString()
        {
            string item = IsKey ? $"Key<{ItemType}>" : ItemType.ToString();
            return Kind switch
            {
                VectorKind.Vector => $"Vector<{item}>",
                VectorKind.VariableVector => $"VarVector<{item}>",
                _ => item,
            };
        }

        public enum VectorKind
        {
            Scalar = 0,
            Vector = 1,
            VariableVector = 2,
        }
    }
}
