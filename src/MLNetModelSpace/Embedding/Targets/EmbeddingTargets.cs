using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Embedding;

/// <summary>What the trainers of encoders share: targets from shares, seeds, and the shape of what they add.</summary>
internal static class EmbeddingTargets
{
    /// <summary>The targets of all rows; an error names the row.</summary>
    public static float[][] Make(ColumnMatrix shares, EmbeddingTrainerOptions options)
    {
        ClassBasis.CheckClasses(shares.Columns, nameof(EmbeddingTrainerOptions.SharesColumnName));
        float[][] targets = new float[shares.Rows][];
        for (int i = 0; i < targets.Length; i++)
        {
            try
            {
                targets[i] = options.Space == EmbeddingSpace.Sphere
                    ? DatasetTargets.OnSphere(shares[i], options.Basis)
                    : DatasetTargets.InBall(shares[i], options.BallRadius, options.Basis);
            }
            catch (ArgumentException error)
            {
                throw new ArgumentException($"Column '{options.SharesColumnName}', row {i}: {error.Message}", error);
            }
        }

        return targets;
    }

    public static SchemaShape WithOutput(SchemaShape input, string name) => new([
        .. input.Where(column => column.Name != name),
        new SchemaShape.Column(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false)]);
}
