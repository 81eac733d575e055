using System.Buffers.Binary;
using System.Text;

namespace MLNetModelSpace.Fuzz;

/// <summary>Random damage to a file: the same for the same generator.</summary>
public static class Damage
{
    /// <summary>What counts and lengths are when they are damaged most: the ends of every width, and what stands for a little too much.</summary>
    private static readonly long[] s_extremes =
    [
        0, 1, -1, sbyte.MaxValue, byte.MaxValue, short.MaxValue, ushort.MaxValue, 1 << 20, 1 << 24, 1 << 30, int.MaxValue, int.MinValue, uint.MaxValue,
        long.MaxValue, long.MinValue,
    ];

    private static readonly byte[][] s_numbers =
    [
        .. ((string[])["0", "-1", "1", "1.5", "1e400", "00", "65536", "1073741824", "2147483647", "2147483648", "4294967296", "4611686018427387904",
            "9223372036854775807", "18446744073709551616", new('9', 100)]).Select(Encoding.ASCII.GetBytes),
    ];

    /// <summary>A damaged copy: most often in one way, sometimes in two or three.</summary>
    public static byte[] Apply(ReadOnlySpan<byte> whole, Random random)
    {
        byte[] bytes = whole.ToArray();
        for (int left = random.Next(4) == 0 ? random.Next(2, 4) : 1; left > 0 && bytes.Length > 0; left--)
            bytes = Once(bytes, random);
        return bytes;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        switch (random.Next(10))
        {
            case 0: // the end is missing
                return bytes[..random.Next(bytes.Length)];
            case 1: // a run of noise
                random.NextBytes(Run(bytes, random));
                return bytes;
            case 2: // a run of one value
                Run(bytes, random).Fill(random.Next(2) == 0 ? (byte)0 : (byte)255);
                return bytes;
            case 3: // two bytes in each other's place
                (int a, int b) = (Place(bytes, random), Place(bytes, random));
                (bytes[a], bytes[b]) = (bytes[b], bytes[a]);
                return bytes;
            case 4: // a piece is missing or doubled
                int at = Place(bytes, random), length = random.Next(1, Math.Min(300, bytes.Length - at) + 1);
                return random.Next(2) == 0 ? [.. bytes[..at], .. bytes[(at + length)..]] : [.. bytes[..(at + length)], .. bytes[at..]];
            case 5: // bytes too many
                byte[] more = new byte[random.Next(1, 17)];
                random.NextBytes(more);
                int before = random.Next(bytes.Length + 1);
                return [.. bytes[..before], .. more, .. bytes[before..]];
            case 6: // a count or a length in binary
                SetLength(bytes, random);
                return bytes;
            case 7 when bytes.AsSpan().IndexOfAnyInRange((byte)'0', (byte)'9') >= 0: // one in text
                return SetNumber(bytes, random);
            case 8 when bytes.AsSpan().IndexOf("PK"u8) >= 0: // the header of an entry of a zip
                int start = random.Next(bytes.Length), header = bytes.AsSpan(start).IndexOf("PK"u8) is >= 0 and int found ? start + found : 0;
                bytes[Math.Min(header + random.Next(46), bytes.Length - 1)] = (byte)random.Next(256);
                return bytes;
            default: // bits
                for (int i = random.Next(1, 9); i > 0; i--)
                    bytes[Place(bytes, random)] ^= (byte)(1 << random.Next(8));
                return bytes;
        }
    }

    /// <summary>Anywhere, and as often where headers and directories are: at the beginning or at the end.</summary>
    private static int Place(byte[] bytes, Random random) => random.Next(4) switch
    {
        0 => random.Next(Math.Min(64, bytes.Length)),
        1 => random.Next(Math.Max(0, bytes.Length - 128), bytes.Length),
        _ => random.Next(bytes.Length),
    };

    private static Span<byte> Run(byte[] bytes, Random random)
    {
        int start = Place(bytes, random);
        return bytes.AsSpan(start, random.Next(1, Math.Min(200, bytes.Length - start) + 1));
    }

    private static void SetLength(byte[] bytes, Random random)
    {
        Span<byte> field = stackalloc byte[sizeof(long)];
        long value = random.Next(4) == 0 ? bytes.Length + random.Next(-1, 2) : s_extremes[random.Next(s_extremes.Length)];
        int width = 1 << random.Next(4);
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(field, value);
            field = field[..width];
        }
        else
        {
            BinaryPrimitives.WriteInt64BigEndian(field, value);
            field = field[^width..];
        }

        Span<byte> place = bytes.AsSpan(Place(bytes, random));
        field[..Math.Min(width, place.Length)].CopyTo(place);
    }

    private static byte[] SetNumber(byte[] bytes, Random random)
    {
        int start = random.Next(bytes.Length);
        int begin = bytes.AsSpan(start).IndexOfAnyInRange((byte)'0', (byte)'9');
        begin = begin >= 0 ? start + begin : bytes.AsSpan().IndexOfAnyInRange((byte)'0', (byte)'9');
        int end = bytes.AsSpan(begin).IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        end = end < 0 ? bytes.Length : begin + end;
        return [.. bytes[..begin], .. s_numbers[random.Next(s_numbers.Length)], .. bytes[end..]];
    }
}
