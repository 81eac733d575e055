using System.Globalization;
using System.Text;

namespace TorchSharp;

/// <summary>How a tensor is written out.</summary>
public enum TensorStringStyle
{
    Metadata = 0,
    Julia = 1,
    Numpy = 2,
}

public static partial class torch
{
    public const TensorStringStyle julia = TensorStringStyle.Julia;
    public const TensorStringStyle numpy = TensorStringStyle.Numpy;

    public partial class Tensor
    {
        /// <summary>Shape, element type and device.</summary>
        public override string ToString() => ToString(TensorStringStyle.Metadata);

        /// <summary>Metadata, or the values in NumPy's brackets, which this engine writes for every other style.</summary>
        public string ToString(
            TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string? newLine = null)
        {
            if (IsInvalid)
                return "Tensor invalid -- empty handle.";
            if (style == TensorStringStyle.Metadata)
                return $"[{Errors.X(_sizes)}], type = {_dtype}, device = cpu";
            using var packed = new Tensor(DataBuffer.Rent(_dtype, _count), _sizes, Shapes.ContiguousStrides(_sizes), 0, isTracked: false);
            Strided.Copy(this, packed);
            var text = new StringBuilder();
            var at = 0;
            Write(text, packed, 0, ref at, fltFormat ?? "g5", cultureInfo ?? CultureInfo.InvariantCulture, newLine ?? Environment.NewLine);
            return text.ToString();
        }

        private static void Write(StringBuilder text, Tensor packed, int dim, ref int at, string format, CultureInfo culture, string newLine)
        {
            if (dim == packed.Rank)
            {
                text.Append(packed._dtype switch
                {
                    ScalarType.Float32 => packed.Span<float>()[at].ToString(format, culture),
                    ScalarType.Float64 => packed.Span<double>()[at].ToString(format, culture),
                    ScalarType.Int64 => packed.Span<long>()[at].ToString(culture),
                    _ => packed.Span<bool>()[at].ToString(),
                });
                at++;
                return;
            }
            text.Append('[');
            for (var i = 0; i < packed._sizes[dim]; i++)
            {
                if (i > 0 && dim == packed.Rank - 1)
                    text.Append(", ");
                else if (i > 0)
                    text.Append(',').Append(newLine).Append(' ', dim + 1);
                Write(text, packed, dim + 1, ref at, format, culture, newLine);
            }
            text.Append(']');
        }
    }
}
