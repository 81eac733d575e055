namespace TorchSharp;

/// <summary>Numbers out of tensors, and tensors out of arrays.</summary>
public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => (float)value.ToScalar().AsDouble();

    public static double ToDouble(this torch.Tensor value) => value.ToScalar().AsDouble();

    public static int ToInt32(this torch.Tensor value) => (int)value.ToScalar().AsInt64();

    public static long ToInt64(this torch.Tensor value) => value.ToScalar().AsInt64();

    public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().As<bool>();
}
