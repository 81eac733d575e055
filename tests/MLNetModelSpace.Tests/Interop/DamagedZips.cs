using System.Buffers.Binary;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Tests.Interop;

/// <summary>Damages a pipeline's file at random and loads it: it is refused, or scores as before.</summary>
internal static class DamagedZips
{
    /// <summary>Prints how many were refused and how many were right; throws at the first that is neither.</summary>
    public static void Try(string model, string rows, int count, int seed)
    {
        byte[] whole = File.ReadAllBytes(model);
        float[] expected = Score(new MLContext(), new MemoryStream(whole), rows);
        int refused = 0, right = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] damaged = Damage(whole, new Random((seed * 1_000_003) + i));
            try
            {
                if (!Score(new MLContext(), new MemoryStream(damaged), rows).SequenceEqual(expected))
                    throw new InvalidOperationException("It was loaded and scores otherwise.");
                right++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"Damage {i} of seed {seed} was not refused: {error.Message}", error);
            }
        }

        Console.WriteLine($"{refused} refused, {right} right");
    }

    private static float[] Score(MLContext ml, Stream model, string rows) =>
        [.. ml.ModelSpace().Model.Load(model).Transform(ml.Data.LoadFromBinary(rows)).GetColumn<float>("Score")];

    private static byte[] Damage(byte[] whole, Random random)
    {
        byte[] bytes = [.. whole];
        int directory = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - 6));
        switch (random.Next(8))
        {
            case 0: // bits anywhere
                for (int i = random.Next(1, 9); i > 0; i--)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1: // the end is missing
                return bytes[..random.Next(bytes.Length)];
            case 2: // a run of noise
                random.NextBytes(Run(bytes, random));
                return bytes;
            case 3: // a run of one value
                Run(bytes, random).Fill(random.Next(2) == 0 ? (byte)0 : (byte)255);
                return bytes;
            case 4: // two bytes in each other's place
                (int a, int b) = (random.Next(bytes.Length), random.Next(bytes.Length));
                (bytes[a], bytes[b]) = (bytes[b], bytes[a]);
                return bytes;
            case 5: // a piece is missing or doubled
                int at = random.Next(bytes.Length), length = random.Next(1, Math.Min(300, bytes.Length - at) + 1);
                return random.Next(2) == 0 ? [.. bytes[..at], .. bytes[(at + length)..]] : [.. bytes[..(at + length)], .. bytes[at..]];
            case 6: // a header of an entry
                int header = Header(bytes, random);
                bytes[header + random.Next(30)] = (byte)random.Next(256);
                return bytes;
            default: // the central directory and what is behind it
                for (int i = random.Next(1, 4); i > 0; i--)
                    bytes[random.Next(directory, bytes.Length)] = (byte)random.Next(256);
                return bytes;
        }
    }

    private static Span<byte> Run(byte[] bytes, Random random)
    {
        int start = random.Next(bytes.Length);
        return bytes.AsSpan(start, random.Next(1, Math.Min(200, bytes.Length - start) + 1));
    }

    /// <summary>Where one of the records that begin with "PK" begins.</summary>
    private static int Header(byte[] bytes, Random random)
    {
        int start = random.Next(bytes.Length - 30), found = bytes.AsSpan(start..^30).IndexOf("PK"u8);
        return found < 0 ? 0 : start + found;
    }
}
