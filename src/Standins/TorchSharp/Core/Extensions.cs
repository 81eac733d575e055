namespace TorchSharp;

/// <summary>Numbers out of tensors, and tensors out of arrays.</summary>
public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => (float)value.ToScalar().AsDouble();

    public static double ToDouble(this torch.Tensor value) => value.ToScalar().AsDouble();

    public static long ToInt64(this torch.Tensor value) => value.ToScalar().AsInt64();
}
