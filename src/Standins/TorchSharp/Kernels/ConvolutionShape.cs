namespace TorchSharp.Kernels;

/// <summary>
/// The sizes of a two-dimensional convolution over contiguous tensors: input [Batch, InChannels, InHeight, InWidth],
/// weight [OutChannels, InChannels / Groups, KernelHeight, KernelWidth], output [Batch, OutChannels, OutHeight, OutWidth].
/// </summary>
/// <remarks>A one-dimensional convolution is one with a height of 1.</remarks>
internal readonly record struct ConvolutionShape(
    int Batch,
    int InChannels,
    int InHeight,
    int InWidth,
    int OutChannels,
    int KernelHeight,
    int KernelWidth,
    int StrideH = 1,
    int StrideW = 1,
    int PaddingH = 0,
    int PaddingW = 0,
    int DilationH = 1,
    int DilationW = 1,
    int Groups = 1)
{
    public int OutHeight => ((InHeight + (2 * PaddingH) - (DilationH * (KernelHeight - 1)) - 1) / StrideH) + 1;

    public int OutWidth => ((InWidth + (2 * PaddingW) - (DilationW * (KernelWidth - 1)) - 1) / StrideW) + 1;

    public int InputLength => checked(Batch * InChannels * InHeight * InWidth);

    public int WeightLength => checked(OutChannels * (InChannels / Groups) * KernelHeight * KernelWidth);

    public int OutputLength => checked(Batch * OutChannels * OutHeight * OutWidth);
}
