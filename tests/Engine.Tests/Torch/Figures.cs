using System.Text.Json;
using TorchSharp;

namespace Engine.Tests.Torch;

/// <summary>Tensors of the reference files, and comparisons with them.</summary>
internal static class Figures
{
    public const double Relative = 1e-5;
    public const double Absolute = 1e-6;

    public static torch.Tensor Tensor(JsonElement figure, bool gradient = false) =>
        torch.tensor(Values(figure.GetProperty("data")).Select(v => (float)v).ToArray(), Shape(figure)).requires_grad_(gradient);

    public static long[] Shape(JsonElement figure) => [.. figure.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];

    public static double[] Values(JsonElement data) =>
        data.ValueKind == JsonValueKind.Array ? [.. data.EnumerateArray().SelectMany(Values)] : [data.GetDouble()];

    public static void Close(JsonElement expected, torch.Tensor actual, string what)
    {
        Assert.Equal(Shape(expected), actual.shape);
        Close(Values(expected.GetProperty("data")), actual, what);
    }

    public static void Close(double[] expected, torch.Tensor actual, string what, double relative = Relative, double absolute = Absolute)
    {
        using var flat = actual.detach().type(torch.ScalarType.Float64).reshape(-1);
        var values = flat.data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            var difference = Math.Abs(values[i] - expected[i]);
            Assert.True(
                difference <= (relative * Math.Abs(expected[i])) + absolute, $"{what}: element {i} is {values[i]:R}, the reference {expected[i]:R}");
        }
    }
}
