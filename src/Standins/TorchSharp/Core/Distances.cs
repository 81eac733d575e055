namespace TorchSharp;

/// <summary>How distances are computed; the results differ in rounding only.</summary>
public enum compute_mode
{
    use_mm_for_euclid_dist_if_necessary = 0,
    use_mm_for_euclid_dist = 1,
    donot_use_mm_for_euclid_dist = 2,
}

public static partial class torch
{
    /// <summary>The p-norm distances between all rows of two matrices.</summary>
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2, compute_mode compute_mode = compute_mode.use_mm_for_euclid_dist_if_necessary)
    {
        if (x1.Valid().Rank < 2 || x2.Valid().Rank < 2)
            throw Errors.Torch($"cdist only supports at least 2D tensors, X1 got: {x1.Rank}D, X2 got: {x2.Rank}D");
        if (x1.Sizes[^1] != x2.Sizes[^1])
            throw Errors.Torch($"X1 and X2 must have the same number of columns. X1: {x1.Sizes[^1]} X2: {x2.Sizes[^1]} (cdist of {Errors.Shape(x1.Sizes)} and {Errors.Shape(x2.Sizes)})");
        using var work = new Work();
        return work.Return(Norms.Vector(x1.unsqueeze(-2).sub(x2.unsqueeze(-3)), p, [-1], keepDim: false));
    }
}
