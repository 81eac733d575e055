namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor matmul(Tensor target) => MatrixProduct.Matmul(this, target);

        public Tensor mm(Tensor target) => MatrixProduct.Mm(this, target);

        public Tensor bmm(Tensor batch2) => MatrixProduct.Bmm(this, batch2);

        public Tensor mv(Tensor target)
        {
            if (Valid().Rank != 2 || target.Valid().Rank != 1)
                throw Errors.Torch($"vector + matrix @ vector expected, got {Rank}, {target.Rank} (mv of {Errors.Shape(_sizes)} and {Errors.Shape(target._sizes)})");
            return MatrixProduct.Matmul(this, target);
        }
    }
}
