using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Which members of a class are columns, and of what names and types.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    /// <summary>The column of this name; null where there is none.</summary>
    public Column this[string columnName]
    {
        get => Find(column => column.ColumnName == columnName);
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            int index = FindIndex(column => column.ColumnName == columnName);
            if (index < 0)
                throw new ArgumentOutOfRangeException(nameof(columnName), $"Column '{columnName}' not found");
            this[index] = value;
        }
    }

    /// <summary>The definition that the attributes of a class give.</summary>
    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        ArgumentNullException.ThrowIfNull(userType);
        var definition = new SchemaDefinition();
        var names = new HashSet<string>();
        foreach (var member in MembersOf(userType, direction))
        {
            string name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name is { Length: > 0 } given ? given : member.Name;
            if (!names.Add(name))
                throw new ArgumentOutOfRangeException(nameof(userType), $"Duplicate column name '{name}' detected, this is disallowed");
            definition.Add(new Column(member.Name, name, TypeOf(member)));
        }
        return definition;
    }

    internal static Type MemberTypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>The item type of what a member holds: of its elements, where it is an array or a <see cref="VBuffer{T}"/>.</summary>
    internal static Type RawItemOf(Type type, out bool isVector)
    {
        isVector = type.IsArray || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>));
        return !isVector ? type : type.IsArray ? type.GetElementType() : type.GetGenericArguments()[0];
    }

    // Fields before properties, each type's own before inherited ones: the order of the official definition.
    private static IEnumerable<MemberInfo> MembersOf(Type userType, Direction direction)
    {
        const BindingFlags instance = BindingFlags.Instance | BindingFlags.Public;
        foreach (var field in userType.GetFields(instance))
            if (!field.IsDefined(typeof(NoColumnAttribute)))
                yield return field;
        foreach (var property in userType.GetProperties(instance))
        {
            bool readable = property.GetGetMethod() is not null || (direction & Direction.Read) == 0;
            bool writable = property.GetSetMethod() is not null || direction != Direction.Write;
            if (readable && writable && property.GetIndexParameters().Length == 0 && !property.IsDefined(typeof(NoColumnAttribute)))
                yield return property;
        }
    }

    internal static DataViewType TypeOf(MemberInfo member)
    {
        var raw = RawItemOf(MemberTypeOf(member), out bool isVector);
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        var key = member.GetCustomAttribute<KeyTypeAttribute>();
        if (vector is not null && !isVector)
            throw new ArgumentOutOfRangeException("userType", $"Member {member.Name} marked with VectorTypeAttribute, but does not appear to be a vector type");
        PrimitiveDataViewType item;
        if (key is not null)
        {
            if (!KeyDataViewType.IsValidDataType(raw))
                throw new ArgumentOutOfRangeException("userType", $"Member {member.Name} marked with KeyType attribute, but does not appear to be a valid kind of data for a key type");
            if (key.KeyCount?.Count is not { } count)
                throw new NotSupportedException("Using KeyType without the Count parameter is not supported");
            item = new KeyDataViewType(raw, count);
        }
        else
        {
            item = DataViewTypes.FromRaw(raw)
                ?? throw new ArgumentOutOfRangeException("rawType", $"Could not determine an IDataView type and registered custom types for member {member.Name}");
        }
        return !isVector ? item
            : vector?.Dimensions is { Length: > 0 } dimensions ? new VectorDataViewType(item, dimensions)
            : new VectorDataViewType(item);
    }

    /// <summary>Whether members are read, written, or both.</summary>
    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = Read | Write,
    }

    public sealed class Column
    {
        private readonly DataViewSchema.Annotations.Builder _annotations = new();
        private DataViewSchema.Annotations _built;

        internal Column(string memberName, string columnName, DataViewType columnType)
        {
            MemberName = memberName;
            ColumnName = columnName;
            ColumnType = columnType;
        }

        /// <summary>The member behind the column.</summary>
        public string MemberName { get; }

        public string ColumnName { get; set; }

        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations => _built ??= _annotations.ToAnnotations();

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            ArgumentNullException.ThrowIfNull(annotationType);
            if (value is string text && annotationType is TextDataViewType)
            {
                AddAnnotation(kind, text.AsMemory(), annotationType);
                return;
            }
            if (annotationType.RawType != typeof(T))
                throw new ArgumentOutOfRangeException(nameof(annotationType), $"The value has the type {typeof(T)}, the annotation {annotationType.RawType}");
            _annotations.Add(kind, annotationType, (ref T result) => result = value);
            _built = null;
        }

        internal void AddAnnotations(DataViewSchema.Annotations annotations)
        {
            _annotations.Add(annotations, _ => true);
            _built = null;
        }
    }
}
