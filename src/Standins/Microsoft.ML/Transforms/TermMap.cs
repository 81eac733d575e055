using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>The different values of a column, in the order of their keys.</summary>
internal abstract class TermMap(PrimitiveDataViewType itemType)
{
    public PrimitiveDataViewType ItemType { get; } = itemType;

    protected abstract int Count { get; }

    /// <summary>With no value at all there is still one category, which nothing is in.</summary>
    public KeyDataViewType KeyType => new(typeof(uint), Math.Max(Count, 1));

    public static TermMap Make(DataViewType itemType, int limit) =>
        (TermMap)Generic.Call((Func<PrimitiveDataViewType, int, TermMap>)MakeTyped<int>, itemType.RawType, itemType, limit);

    public abstract Action Learner(DataViewRow row, DataViewSchema.Column column);

    public abstract void Sort();

    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder builder, bool asText);

    public abstract Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column);

    public abstract void Save(BinaryWriter writer);

    public abstract void Load(ModelLoadContext ctx);

    private static TermMap MakeTyped<T>(PrimitiveDataViewType itemType, int limit) => new TermMap<T>(itemType, limit);
}

internal sealed class TermMap<T>(PrimitiveDataViewType itemType, int limit) : TermMap(itemType)
{
    private readonly List<T> _terms = [];
    private readonly Dictionary<T, uint> _keys = new(Comparer);

    protected override int Count => _terms.Count;

    private static IEqualityComparer<T> Comparer => typeof(T) == typeof(ReadOnlyMemory<char>) ? (IEqualityComparer<T>)(object)new TextComparer() : EqualityComparer<T>.Default;

    public override Action Learner(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var get = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                get(ref value);
                Learn(value);
            };
        }
        var getVector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> vector = default;
        return () =>
        {
            getVector(ref vector);
            if (!vector.IsDense)
                vector.CopyToDense(ref vector);
            foreach (var value in vector.GetValues())
                Learn(value);
        };
    }

    public override void Sort()
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
            ((List<ReadOnlyMemory<char>>)(object)_terms).Sort((a, b) => a.Span.SequenceCompareTo(b.Span));
        else
            _terms.Sort();
        for (int i = 0; i < _terms.Count; i++)
            _keys[_terms[i]] = (uint)i + 1;
    }

    public override void AddKeyValues(DataViewSchema.Annotations.Builder builder, bool asText)
    {
        if (_terms.Count == 0)
            return;
        if (asText)
            builder.AddVector(AnnotationKinds.KeyValues, TextDataViewType.Instance, [.. _terms.Select(ItemConversions.Text<T>())]);
        else
            builder.AddVector(AnnotationKinds.KeyValues, ItemType, _terms.ToArray());
    }

    public override Delegate MakeGetter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            var get = row.GetGetter<T>(column);
            T value = default;
            return (ValueGetter<uint>)((ref uint key) =>
            {
                get(ref value);
                key = KeyOf(value);
            });
        }
        var getVector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> vector = default;
        return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> keys) =>
        {
            getVector(ref vector);
            if (!vector.IsDense)
                vector.CopyToDense(ref vector);
            var editor = VBufferEditor.Create(ref keys, vector.Length);
            for (int i = 0; i < vector.Length; i++)
                editor.Values[i] = KeyOf(vector.Values[i]);
            keys = editor.Commit();
        });
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_terms.Count);
        foreach (var term in _terms)
            ItemCodec<T>.Write(writer, term);
    }

    public override void Load(ModelLoadContext ctx)
    {
        int count = ctx.LoadCount();
        for (int i = 0; i < count; i++)
        {
            Learn(ItemCodec<T>.Read(ctx.Reader));
            if (_terms.Count != i + 1)
                throw Errors.BadModel("Corrupt model file: a missing or repeated value among those of a key");
        }
    }

    private void Learn(T value)
    {
        if (_terms.Count >= limit || IsMissing(value) || _keys.ContainsKey(value))
            return;
        // Text may lie in a buffer that the next row is read into.
        if (value is ReadOnlyMemory<char> text)
            value = (T)(object)text.ToString().AsMemory();
        _terms.Add(value);
        _keys.Add(value, (uint)_terms.Count);
    }

    private uint KeyOf(T value) => !IsMissing(value) && _keys.TryGetValue(value, out uint key) ? key : 0;

    private bool IsMissing(T value) => value switch
    {
        ReadOnlyMemory<char> text => text.IsEmpty,
        float single => float.IsNaN(single),
        double number => double.IsNaN(number),
        _ => ItemType is KeyDataViewType && EqualityComparer<T>.Default.Equals(value, default),
    };

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);
    }
}
