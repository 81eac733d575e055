using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace MLNetModelSpace.Storage;

/// <summary>
/// Reads a pickle as data. It knows the opcodes of protocols 2 to 5 that build containers, numbers and texts; what a pickle would call is looked up in
/// <see cref="PickleFunctions"/>, a closed list, and anything else ends the reading. Nothing is imported, nothing is called, no class is looked for.
/// </summary>
/// <remarks>
/// Bounds: <see cref="MaxBytes"/> of pickle, <see cref="MaxObjects"/> objects, <see cref="MaxEntries"/> entries a dictionary or list, <see cref="MaxHeight"/>
/// containers inside one another. Lengths are compared with what is left of the file before anything is reserved for them.
/// Source of the opcodes: Python's <c>pickletools</c>.
/// </remarks>
internal sealed class PickleReader(SafetensorsSource source, long position, long end, string file)
{
    public const int MaxBytes = 1 << 26;
    public const int MaxObjects = 200_000;
    public const int MaxEntries = 100_000;
    public const int MaxHeight = 256;

    /// <summary>The longest whole number, in bytes; the magic number of PyTorch's old format has ten.</summary>
    private const int MaxNumberBytes = 16;

    private const int BufferBytes = 1 << 12;

    private static readonly object s_mark = new();
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly List<object?> _memo = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly long _start = position;
    private long _bufferStart = position;
    private int _at;
    private int _filled;
    private int _objects;

    /// <summary>The byte behind the last that was read.</summary>
    public long Position => _bufferStart + _at;

    /// <summary>The storages that tensors refer to, by their names.</summary>
    public Dictionary<string, TorchStorage> Storages { get; } = new(StringComparer.Ordinal);

    private long Left => end - Position;

    /// <summary>Reads up to the end of the pickle, and gives its value.</summary>
    /// <exception cref="InvalidDataException">It is malformed, beyond a limit, or would call something.</exception>
    public object? Read()
    {
        if (ReadByte() != 0x80)
            throw Wrong("it does not begin with a protocol, as pickles of protocol 2 and later do");
        if (ReadByte() is var protocol and (< 2 or > 5))
            throw Wrong($"its protocol is {protocol}; expected 2 to 5");
        while (true)
        {
            if (Position - _start > MaxBytes)
                throw Wrong($"it is longer than {MaxBytes} bytes, the most that are read");
            byte opcode = ReadByte();
            if (opcode == (byte)'.')
                return Pop();
            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                ReadByte();
                break;
            case 0x95: // FRAME
                ReadLength(8, "a frame");
                break;
            case (byte)'(': // MARK
                if (_marks.Count > MaxHeight)
                    throw TooDeep();
                _marks.Add(_stack.Count);
                break;
            case (byte)'0': // POP
                if (_marks.Count > 0 && _marks[^1] == _stack.Count)
                    _marks.RemoveAt(_marks.Count - 1);
                else
                    Pop();
                break;
            case (byte)'1': // POP_MARK
                PopToMark();
                break;
            case (byte)'2': // DUP
                Push(Top());
                break;
            case (byte)'N':
                Push(null);
                break;
            case 0x88: // NEWTRUE
                Push(true);
                break;
            case 0x89: // NEWFALSE
                Push(false);
                break;
            case (byte)'K': // BININT1
                PushNew((long)ReadByte());
                break;
            case (byte)'M': // BININT2
                PushNew((long)BinaryPrimitives.ReadUInt16LittleEndian(ReadSpan(2)));
                break;
            case (byte)'J': // BININT
                PushNew((long)BinaryPrimitives.ReadInt32LittleEndian(ReadSpan(4)));
                break;
            case 0x8A: // LONG1
                PushNew(ReadNumber(ReadLength(1, "a number")));
                break;
            case 0x8B: // LONG4
                PushNew(ReadNumber(ReadLength(4, "a number")));
                break;
            case (byte)'G': // BINFLOAT
                PushNew(BinaryPrimitives.ReadDoubleBigEndian(ReadSpan(8)));
                break;
            case 0x8C: // SHORT_BINUNICODE
                PushNew(ReadText(ReadLength(1, "a text")));
                break;
            case (byte)'X': // BINUNICODE
                PushNew(ReadText(ReadLength(4, "a text")));
                break;
            case 0x8D: // BINUNICODE8
                PushNew(ReadText(ReadLength(8, "a text")));
                break;
            case (byte)'U' or (byte)'C': // SHORT_BINSTRING, SHORT_BINBYTES
                PushNew(ReadBytes(ReadLength(1, "bytes"), opcode == (byte)'U'));
                break;
            case (byte)'T' or (byte)'B': // BINSTRING, BINBYTES
                PushNew(ReadBytes(ReadLength(4, "bytes"), opcode == (byte)'T'));
                break;
            case 0x8E or 0x96: // BINBYTES8, BYTEARRAY8
                PushNew(ReadBytes(ReadLength(8, "bytes"), asText: false));
                break;
            default:
                ExecuteOnContainers(opcode);
                break;
        }
    }

    private void ExecuteOnContainers(byte opcode)
    {
        switch (opcode)
        {
            case (byte)']' or 0x8F: // EMPTY_LIST, EMPTY_SET
                PushNew(new PickleSequence([]));
                break;
            case (byte)'}':
                PushNew(new PickleDictionary());
                break;
            case (byte)')':
                PushNew(new PickleSequence([], isTuple: true));
                break;
            case (byte)'t':
                PushNew(Sequence(PopToMark(), isTuple: true));
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1 to TUPLE3
                PushNew(Sequence(PopLast(opcode - 0x84), isTuple: true));
                break;
            case (byte)'l' or 0x91: // LIST, FROZENSET
                PushNew(Sequence(PopToMark(), isTuple: false));
                break;
            case (byte)'d':
                List<object?> pairs = PopToMark();
                PushNew(new PickleDictionary());
                SetItems(pairs);
                break;
            case (byte)'a':
                AddItems([Pop()]);
                break;
            case (byte)'e' or 0x90: // APPENDS, ADDITEMS
                AddItems(PopToMark());
                break;
            case (byte)'s':
                SetItems(PopLast(2));
                break;
            case (byte)'u':
                SetItems(PopToMark());
                break;
            default:
                ExecuteOnObjects(opcode);
                break;
        }
    }

    private void ExecuteOnObjects(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'q': // BINPUT
                Memoize(ReadByte());
                break;
            case (byte)'r': // LONG_BINPUT
                Memoize(BinaryPrimitives.ReadUInt32LittleEndian(ReadSpan(4)));
                break;
            case 0x94: // MEMOIZE
                Memoize((uint)_memo.Count);
                break;
            case (byte)'h': // BINGET
                Push(Recall(ReadByte()));
                break;
            case (byte)'j': // LONG_BINGET
                Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(ReadSpan(4))));
                break;
            case (byte)'c':
                PushNew(new PickleGlobal(ReadLine(), ReadLine()));
                break;
            case 0x93: // STACK_GLOBAL
                PushNew(PopLast(2) is [string module, string name] ? new PickleGlobal(module, name) : throw Wrong("a global is named by something that is no text"));
                break;
            case (byte)'R':
                Reduce();
                break;
            case 0x81: // NEWOBJ
                Construct(2);
                break;
            case 0x92: // NEWOBJ_EX
                Construct(3);
                break;
            case (byte)'b':
                Build();
                break;
            case (byte)'Q': // BINPERSID
                object persistent = PickleFunctions.Persistent(Pop(), Wrong);
                if (persistent is TorchStorage storage && !Storages.TryAdd(storage.Key, storage) && Storages[storage.Key] is var known
                    && (known.DataType, known.WholeLength) != (storage.DataType, storage.WholeLength))
                {
                    throw Wrong($"storage '{storage.Key}' occurs with different lengths or element types");
                }

                PushNew(persistent);
                break;
            default:
                throw Wrong(
                    opcode is (byte)'I' or (byte)'L' or (byte)'F' or (byte)'S' or (byte)'V' or (byte)'p' or (byte)'g' or (byte)'P'
                        ? $"it has the opcode '{(char)opcode}' of protocol 0, which PyTorch does not write"
                        : opcode is (byte)'i' or (byte)'o' or 0x82 or 0x83 or 0x84 or 0x97 or 0x98
                            ? $"it has the opcode 0x{opcode:X2}, which would look for code; it is not followed"
                            : $"0x{opcode:X2} is no opcode");
        }
    }

    /// <summary>A call: only what the closed list knows is understood.</summary>
    private void Reduce()
    {
        object? arguments = Pop(), function = Pop();
        if (function is not PickleGlobal global || arguments is not PickleSequence { IsTuple: true } list)
            throw Wrong("it calls something that is no named function");
        object? value = PickleFunctions.Call(global, list.Items, Wrong);
        Note(value, list);
        PushNew(value);
    }

    /// <summary>An object without any arguments is its parts, whatever its class is; one that would be made from arguments is a call.</summary>
    private void Construct(int count)
    {
        List<object?> parts = PopLast(count);
        if (parts[0] is not PickleGlobal type || parts[1] is not PickleSequence { IsTuple: true } arguments || (count == 3 && parts[2] is not PickleDictionary { Entries.Count: 0 }))
            throw Wrong("it makes an object of something that is no named class");
        if (arguments.Items.Count == 0)
            PushNew(PickleFunctions.Create(type, Wrong));
        else
            PushNew(PickleFunctions.Call(type, arguments.Items, Wrong));
    }

    private void Build()
    {
        object? state = Pop();
        switch (Top())
        {
            case PickleInstance instance:
                instance.State = state;
                Note(instance, state);
                break;
            case PickleDictionary or PickleSequence or PickleOther or TorchTensor:
                // Attributes beside what it holds, such as the version numbers beside a state dict: nothing of them is needed.
                break;
            default:
                throw Wrong("it sets the state of something that has none");
        }
    }

    private void AddItems(List<object?> items)
    {
        if (Top() is PickleInstance)
            return;
        if (Top() is not PickleSequence { IsTuple: false } list)
            throw Wrong("it adds items to something that is no list");
        if (list.Items.Count + items.Count > MaxEntries)
            throw Wrong($"a list has more than {MaxEntries} items, the most that are read");
        foreach (object? item in items)
        {
            list.Items.Add(item);
            Note(list, item);
        }
    }

    private void SetItems(List<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
            throw Wrong("a dictionary has a key without a value");
        if (Top() is PickleInstance)
            return;
        if (Top() is not PickleDictionary dictionary)
            throw Wrong("it sets items of something that is no dictionary");
        for (int i = 0; i < pairs.Count; i += 2)
        {
            if (dictionary.Entries.Count >= MaxEntries)
                throw Wrong($"a dictionary has more than {MaxEntries} entries, the most that are read");
            dictionary.Set(pairs[i] ?? s_mark, pairs[i + 1]);
            Note(dictionary, pairs[i + 1]);
        }
    }

    private PickleSequence Sequence(List<object?> items, bool isTuple)
    {
        if (items.Count > MaxEntries)
            throw Wrong($"a tuple has more than {MaxEntries} items, the most that are read");
        var sequence = new PickleSequence(items, isTuple);
        foreach (object? item in items)
            Note(sequence, item);
        return sequence;
    }

    /// <summary>Keeps count of how deep containers lie in one another.</summary>
    private void Note(object? container, object? part)
    {
        if (container is not PickleContainer outer || part is not PickleContainer inner || inner.Height < outer.Height)
            return;
        outer.Height = inner.Height + 1;
        if (outer.Height > MaxHeight)
            throw TooDeep();
    }

    private InvalidDataException TooDeep() => Wrong($"containers lie more than {MaxHeight} deep in one another, the most that are read");

    private void Memoize(uint place)
    {
        // Python numbers from 0 without gaps.
        if (place > _memo.Count)
            throw Wrong($"it remembers something as number {place}, but only {_memo.Count} are remembered before");
        object? value = Top();
        if (place == _memo.Count)
            _memo.Add(value);
        else
            _memo[(int)place] = value;
    }

    private object? Recall(uint place) =>
        place < _memo.Count ? _memo[(int)place] : throw Wrong($"it refers to number {place} of what it remembers, which has {_memo.Count}");

    private void PushNew(object? value)
    {
        if (++_objects > MaxObjects)
            throw Wrong($"it has more than {MaxObjects} objects, the most that are read");
        Push(value);
    }

    private void Push(object? value)
    {
        if (_stack.Count >= MaxObjects)
            throw Wrong($"it keeps more than {MaxObjects} objects waiting, the most that are read");
        _stack.Add(value);
    }

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object? Top() =>
        _stack.Count > (_marks.Count > 0 ? _marks[^1] : 0) ? _stack[^1] : throw Wrong("it takes more from its stack than was put there");

    private List<object?> PopLast(int count)
    {
        if (_stack.Count - (_marks.Count > 0 ? _marks[^1] : 0) < count)
            throw Wrong("it takes more from its stack than was put there");
        return Take(_stack.Count - count);
    }

    private List<object?> PopToMark()
    {
        if (_marks.Count == 0)
            throw Wrong("it goes back to a mark that was not set");
        int from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return Take(from);
    }

    private List<object?> Take(int from)
    {
        List<object?> taken = _stack.GetRange(from, _stack.Count - from);
        _stack.RemoveRange(from, taken.Count);
        return taken;
    }

    private object ReadNumber(int length)
    {
        if (length > MaxNumberBytes)
            throw Wrong($"a whole number has {length} bytes; at most {MaxNumberBytes} are read");
        var number = new BigInteger(ReadSpan(length));
        return number >= long.MinValue && number <= long.MaxValue ? (long)number : number;
    }

    private string ReadText(int length)
    {
        byte[] bytes = ReadBytes(length);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong("a text is not UTF-8");
        }
    }

    private object ReadBytes(int length, bool asText)
    {
        byte[] bytes = ReadBytes(length);
        return asText ? Encoding.Latin1.GetString(bytes) : bytes;
    }

    /// <summary>A length, checked against what is left before anything is reserved.</summary>
    private int ReadLength(int width, string what)
    {
        ReadOnlySpan<byte> bytes = ReadSpan(width);
        ulong length = width switch
        {
            1 => bytes[0],
            4 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
        if (length > (ulong)Math.Min(Left, MaxBytes))
            throw Wrong(string.Create(CultureInfo.InvariantCulture, $"it promises {length} bytes of {what}, but {Left} are left"));
        return (int)length;
    }

    private string ReadLine()
    {
        var line = new StringBuilder();
        for (byte next = ReadByte(); next != (byte)'\n'; next = ReadByte())
        {
            if (line.Length >= 512)
                throw Wrong("the name of a global is longer than 512 bytes");
            line.Append((char)next);
        }

        return line.ToString();
    }

    private byte ReadByte() => ReadSpan(1)[0];

    private byte[] ReadBytes(int length)
    {
        byte[] bytes = new byte[length];
        int buffered = Math.Min(length, _filled - _at);
        _buffer.AsSpan(_at, buffered).CopyTo(bytes);
        _at += buffered;
        if (buffered == length)
            return bytes;
        long from = Position;
        source.Read(from, bytes.AsSpan(buffered));
        _bufferStart = from + (length - buffered);
        _at = _filled = 0;
        return bytes;
    }

    /// <summary>A few bytes, valid until the next call.</summary>
    private ReadOnlySpan<byte> ReadSpan(int count)
    {
        if (_filled - _at < count)
        {
            if (Left < count)
                throw Wrong("it ends in the middle");
            _bufferStart = Position;
            _at = 0;
            _filled = (int)Math.Min(BufferBytes, end - _bufferStart);
            source.Read(_bufferStart, _buffer.AsSpan(0, _filled));
        }

        _at += count;
        return _buffer.AsSpan(_at - count, count);
    }

    private InvalidDataException Wrong(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{file}', pickle at byte {Position}: {what}."));
}
