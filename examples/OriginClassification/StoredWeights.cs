namespace Examples.OriginClassification;

/// <summary>What storing does to the weights of a tensor.</summary>
internal static class StoredWeights
{
    private const double NoiseLevel = 0.01;

    /// <summary>Rounded to bfloat16: the upper half of the bits, to the nearest, ties to even.</summary>
    public static float[] ToBfloat16(float[] values) => Array.ConvertAll(values, value =>
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    });

    /// <summary>Rounded to 8-bit integers of one scale, by the largest magnitude of the tensor.</summary>
    public static float[] ToInt8(float[] values)
    {
        float scale = values.Max(MathF.Abs) / 127;
        return scale == 0 ? values : Array.ConvertAll(values, value => MathF.Round(value / scale) * scale);
    }

    /// <summary>With Gaussian noise of a hundredth of the tensor's root mean square.</summary>
    public static float[] AddNoise(float[] values, Random random)
    {
        double deviation = NoiseLevel * Math.Sqrt(values.Average(value => (double)value * value));
        return Array.ConvertAll(values, value => (float)(value + (deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))));
    }
}
