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

        public Tensor dot(Tensor target)
        {
            if (Valid().Rank != 1 || target.Valid().Rank != 1)
                throw Errors.Torch($"1D tensors expected, but got {Rank}D and {target.Rank}D tensors");
            if (_count != target._count)
                throw Errors.Torch($"inconsistent tensor size, expected tensor {Errors.Shape(_sizes)} and src {Errors.Shape(target._sizes)} to have the same number of elements");
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

        public Tensor bernoulli(Generator? generator = null)
        {
            RequireFloating("bernoulli()");
            var packed = Packed();
            var result = MakeLike(packed);
            RandomFill.BernoulliEach(packed, result, generator);
            Binary.DisposeCast(packed, this);
            return result;
        }
    }
}
