using MathNet.Numerics.LinearAlgebra;
using Microsoft.ML;

namespace Examples.ImportedModels;

/// <summary>Models of one architecture: where each lies among the others by its features.</summary>
/// <param name="Architecture">What they are.</param>
/// <param name="Models">Their files.</param>
/// <param name="Family">The features; empty where none could be computed.</param>
/// <param name="Points">The first two principal components.</param>
/// <param name="Nearest">The two that are nearest, and how far apart they are; null where there is one model only.</param>
internal sealed record ModelGroup(string Architecture, IReadOnlyList<ImportedModel> Models, string Family, (double X, double Y)[] Points, (int One, int Other, double Distance)? Nearest)
{
    /// <summary>What models are compared by, the first of those that they have: hidden units in any order and scale make no difference to it.</summary>
    private static readonly IReadOnlyList<FeatureVectors> s_families = FeatureVectors.Parse("composed-cosines,singular-values");

    /// <summary>Computes features of the models and looks which are nearest.</summary>
    public static ModelGroup Of(MLContext ml, IReadOnlyList<ImportedModel> models, IDataView view)
    {
        foreach (FeatureVectors family in s_families)
        {
            (float[][] rows, _, string? refusal) = family.Compute(ml, view);
            if (refusal is null && rows.All(row => row.All(float.IsFinite)))
                return new ModelGroup(models[0].Architecture!, models, family.Name, Project(rows), FindNearest(rows));
        }

        return new ModelGroup(models[0].Architecture!, models, "", [.. models.Select(_ => (0.0, 0.0))], null);
    }

    private static (int, int, double)? FindNearest(float[][] rows)
    {
        (int, int, double)? nearest = null;
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double distance = Math.Sqrt(rows[i].Zip(rows[j], (a, b) => (double)(a - b) * (a - b)).Sum());
                if (nearest is not { Item3: var least } || distance < least)
                    nearest = (j, i, distance);
            }
        }

        return nearest;
    }

    /// <summary>Principal components by the matrix of products between models, which is small where vectors are long.</summary>
    private static (double X, double Y)[] Project(float[][] rows)
    {
        int count = rows.Length;
        double[] mean = [.. Enumerable.Range(0, rows[0].Length).Select(slot => rows.Average(row => (double)row[slot]))];
        double[][] centered = [.. rows.Select(row => row.Select((value, slot) => value - mean[slot]).ToArray())];
        Matrix<double> products = Matrix<double>.Build.Dense(count, count, (i, j) => centered[i].Zip(centered[j], (a, b) => a * b).Sum());
        var eigen = products.Evd(Symmetricity.Symmetric);
        return [.. Enumerable.Range(0, count).Select(model => (Component(1, model), Component(2, model)))];

        // Eigenvalues come in ascending order; an eigenvector's sign is that of its largest entry, made positive.
        double Component(int place, int model)
        {
            if (place > count)
                return 0;
            Vector<double> direction = eigen.EigenVectors.Column(count - place);
            double sign = Math.Sign(direction[direction.AbsoluteMaximumIndex()]);
            return sign * direction[model] * Math.Sqrt(Math.Max(0, eigen.EigenValues[count - place].Real));
        }
    }
}
