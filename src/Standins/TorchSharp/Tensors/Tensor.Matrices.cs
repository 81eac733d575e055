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

        public Tensor outer(Tensor vec2)
        {
            if (Valid().Rank != 1 || vec2.Valid().Rank != 1)
                throw Errors.Torch($"outer: Expected 1-D arguments, but got {Rank}-D and {vec2.Rank}-D");
            using var column = unsqueeze(1);
            return column.mul(vec2);
        }

        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1)
        {
            using var work = new Work();
            var product = mat1.mm(mat2);
            return work.Return((beta == 1 ? this : mul(beta)).add(alpha == 1 ? product : product.mul(alpha)));
        }
    }
}
