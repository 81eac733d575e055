using System.Buffers.Binary;
using MLNetModelSpace.Storage;

namespace MLNetModelSpace.Fuzz;

/// <summary>Checkpoints of PyTorch, and safetensors of others: all tensors, in the order and with the wiring that are made out.</summary>
// Reaches internals: a file in memory, which no public reader of models takes.
internal sealed class CheckpointTarget : FuzzTarget
{
    private static readonly string[] s_checkpoints =
    [
        "zip.pth", "zip-protocol-5.pth", "legacy.pth", "training.pth", "whole-module.pt", "whole-module-legacy.pt", "strided.pth", "legacy-views.pth", "small-shapes.pth",
        "untyped.pth", "big-endian.pth", "bfloat16.pth", "batchnorm-conv.pth", "vae-wrapped.pth",
    ];

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. s_checkpoints.Select(Checkpoint), .. s_checkpoints.Select(name => WithoutSums(Checkpoint(name))),
        .. ((string[])["ae-python-order", "batchnorm"]).Select(name => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Storage", "cases", name + ".safetensors"))),
    ];

    public override void Read(byte[] file)
    {
        using TensorFile tensors = TensorFile.Parse(file, "damaged");
        var layout = new CanonicalLayout(tensors, new ModelReaderOptions { Rename = true, Buffers = BufferHandling.Keep });
        for (int i = 0; i < layout.Sources.Length; i++)
            tensors.CopyTo(layout.Sources[i], new float[layout.Layout.Tensors[i].Length]);
        ArgumentNullException.ThrowIfNull(layout.Layout.GetWiring());
    }

    private static byte[] Checkpoint(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Storage", "checkpoints", name));

    /// <summary>Sets the sums in a zip's directory to 0, which is read as not said, so that damages get as far as the pickle.</summary>
    private static byte[] WithoutSums(byte[] file)
    {
        for (int i = 0; i + 46 <= file.Length; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(i)) == 0x02014B50)
                file.AsSpan(i + 16, 4).Clear();
        }

        return file;
    }
}
