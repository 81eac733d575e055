using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>
/// For each class of models and each of the weights of <see cref="GradientForm"/>, the mixture of textures on which the class's models
/// come nearest to a minimum, compared with all models: the v that minimizes vᵀA₍c₎v / vᵀAv, where A₍c₎ is the mean over the class
/// and A over all, each with a thousandth of A's mean eigenvalue on the diagonal. Immutable.
/// </summary>
internal sealed class StationaryMixtures
{
    /// <summary>Most classes.</summary>
    public const int MaxClasses = 4096;

    /// <summary>On the diagonal, in mean eigenvalues: with few models, directions that none of them shows would win.</summary>
    private const double Ridge = 1e-3;

    /// <summary>Where a gradient vanishes altogether.</summary>
    private const double Floor = -12;

    private readonly float[] _mixtures;
    private readonly int _groups;

    private StationaryMixtures(float[] mixtures, int classes, int groups)
    {
        _mixtures = mixtures;
        _groups = groups;
        Classes = classes;
    }

    /// <summary>Classes that there are mixtures for.</summary>
    public int Classes { get; }

    /// <summary>Numbers of a model: one for each class and weight.</summary>
    public int Count => Classes * GradientForm.Tensors;

    /// <summary>What the numbers are called.</summary>
    public static IEnumerable<string> Names(int classes) =>
        Enumerable.Range(1, classes).SelectMany(c => new[] { $"stationary class {c} first weight", $"stationary class {c} last weight" });

    /// <summary>Finds the mixtures.</summary>
    /// <param name="sums">For each class the sum of its models' matrices; null for a class without models, which has no mixture of its own.</param>
    /// <param name="counts">Models of each class.</param>
    /// <param name="groups">Rows of a matrix.</param>
    public static StationaryMixtures Learn(IReadOnlyList<double[]?> sums, IReadOnlyList<int> counts, int groups)
    {
        int size = groups * groups, models = counts.Sum();
        float[] mixtures = new float[sums.Count * GradientForm.Tensors * groups];
        for (int tensor = 0; tensor < GradientForm.Tensors; tensor++)
        {
            // Symmetric, so that rows are columns.
            Matrix<double>?[] classes =
                [.. sums.Select(sum => sum is null ? null : Matrix<double>.Build.Dense(groups, groups, sum.AsSpan(tensor * size, size).ToArray()))];
            Matrix<double> all = Matrix<double>.Build.Dense(groups, groups);
            foreach (Matrix<double> sum in classes.OfType<Matrix<double>>())
                all += sum / models;
            double ridge = Math.Max(double.Epsilon, Ridge * all.Trace() / groups);
            Matrix<double>? whitener = Whitener(all, ridge);
            for (int c = 0; whitener is not null && c < classes.Length; c++)
            {
                if (classes[c] is { } sum)
                    FindSmallest(sum / counts[c], ridge, whitener).AsSpan().CopyTo(mixtures.AsSpan(((c * GradientForm.Tensors) + tensor) * groups));
            }
        }

        return new StationaryMixtures(mixtures, sums.Count, groups);
    }

    /// <summary>log₁₀ of how much of its gradients a model keeps on each class's mixture.</summary>
    public void Fill(ReadOnlySpan<double> form, Span<float> destination)
    {
        int size = _groups * _groups;
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<float> mixture = _mixtures.AsSpan(i * _groups, _groups);
            ReadOnlySpan<double> matrix = form.Slice(i % GradientForm.Tensors * size, size);
            double square = 0;
            for (int row = 0; row < _groups; row++)
            {
                double dot = 0;
                for (int column = 0; column < _groups; column++)
                    dot += matrix[(row * _groups) + column] * mixture[column];
                square += mixture[row] * dot;
            }

            destination[i] = (float)(square > 0 ? Math.Max(Floor, Math.Log10(square)) : Floor);
        }
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write(Classes);
        ModelContent.WriteFloats(writer, _mixtures);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The content makes no sense.</exception>
    public static StationaryMixtures Read(BinaryReader reader, int groups)
    {
        int classes = ModelContent.ReadCount(reader, "classes", 1, MaxClasses);
        int expected = classes * GradientForm.Tensors * groups;
        float[] mixtures = ModelContent.ReadFloats(reader, "mixtures", expected);
        return mixtures.Length == expected
            ? new StationaryMixtures(mixtures, classes, groups)
            : throw new InvalidDataException($"There are {mixtures.Length} numbers of mixtures; expected {expected}.");
    }

    /// <summary>W with Wᵀ(A + rI)W = I: eigenvectors over the roots of their eigenvalues; null where A is zero.</summary>
    private static Matrix<double>? Whitener(Matrix<double> matrix, double ridge)
    {
        if (matrix.Find(value => value != 0) is null)
            return null;
        Evd<double> evd = matrix.Evd(Symmetricity.Symmetric);
        return evd.EigenVectors * Matrix<double>.Build.DiagonalOfDiagonalVector(evd.EigenValues.Map(value => 1 / Math.Sqrt(Math.Max(value.Real, 0) + ridge)));
    }

    private static float[] FindSmallest(Matrix<double> mean, double ridge, Matrix<double> whitener)
    {
        Matrix<double> whitened = whitener.TransposeThisAndMultiply((mean * whitener) + (ridge * whitener));
        Evd<double> evd = ((whitened + whitened.Transpose()) / 2).Evd(Symmetricity.Symmetric);
        Vector<double> direction = whitener * evd.EigenVectors.Column(evd.EigenValues.Map(value => value.Real).MinimumIndex());
        return [.. direction.Normalize(2).Select(value => (float)value)];
    }
}

/// <summary>Shows every training model the textures, and learns the classes' mixtures of them.</summary>
internal static class StationaryLearner
{
    /// <summary>Models that are held at a time; they are run side by side, and summed in the order of the rows.</summary>
    private const int Held = 64;

    /// <summary>Learns from labelled models.</summary>
    /// <exception cref="InvalidDataException">A row has no class, or its model answers with numbers that are too large.</exception>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static StationaryMixtures Learn(IDataView input, WeightsInput source, string labelColumnName, ProbePlan plan, int maxThreads, CancellationToken cancel, RowReport report)
    {
        DataViewSchema.Column label = RequireLabel(input.Schema, labelColumnName, out int classes);
        using var learning = new Learning(plan, classes, maxThreads, cancel);
        using DataViewRowCursor cursor = input.GetRowCursor([.. source.Columns, label]);
        WeightsReader reader = source.CreateReader(cursor);
        Func<ulong> read = LabelColumn.KeyReader(cursor, label);
        bool isKey = label.Type is KeyDataViewType;
        var models = new List<(ModelRow Row, int Class)>(Held);
        while (cursor.MoveNext())
        {
            cancel.ThrowIfCancellationRequested();
            ulong value = read();
            if (isKey && (value == 0 || value > (ulong)classes))
                throw new InvalidDataException($"Row {cursor.Position} of label column '{labelColumnName}' has no class; expected a key of 1 to {classes}.");
            var row = new ModelRow { Result = [] };
            row.Read(reader, cursor.Position);
            row.GetResult();
            models.Add((row, (int)value - (isKey ? 1 : 0)));
            if (models.Count < Held)
                continue;
            learning.Add(models);
            report.Report(cursor.Position + 1);
        }

        learning.Add(models);
        report.Finish();
        return learning.Finish() ?? throw source.NoRows();
    }

    /// <summary>The column of classes, a key of known count or a Boolean, whose classes are false and true.</summary>
    private static DataViewSchema.Column RequireLabel(DataViewSchema schema, string name, out int classes)
    {
        DataViewSchema.Column column = SchemaErrors.Require(schema, name, "label");
        classes = column.Type switch
        {
            BooleanDataViewType => 2,
            KeyDataViewType { Count: > 0 and <= StationaryMixtures.MaxClasses } key => (int)key.Count,
            _ => throw SchemaErrors.Mismatch(name, $"Boolean or a key of 1 to {StationaryMixtures.MaxClasses}", column.Type.ToString()!, "label"),
        };
        return column;
    }

    /// <summary>The sums of the classes' matrices, and what threads need to find them.</summary>
    private sealed class Learning(ProbePlan plan, int classes, int maxThreads, CancellationToken cancel) : IDisposable
    {
        private readonly float[] _textures = plan.CreateTextures();
        private readonly double[]?[] _sums = new double[]?[classes];
        private readonly int[] _counts = new int[classes];
        private readonly ConcurrentBag<(ProbeRunners Runners, GradientForm Form)> _idle = [];

        /// <summary>Adds the models, and clears the list.</summary>
        public void Add(List<(ModelRow Row, int Class)> models)
        {
            var matrices = new ConcurrentDictionary<ModelRow, double[]>();
            List<List<ModelRow>> stacks = ProbeRunners.Divide([.. models.Select(model => model.Row)], StackSizeFor);
            TorchThreads.For(stacks.Count, maxThreads, cancel, i => Find(stacks[i], matrices));
            foreach ((ModelRow row, int label) in models)
            {
                row.GetResult();
                double[] sum = _sums[label] ??= new double[matrices[row].Length];
                for (int j = 0; j < sum.Length; j++)
                    sum[j] += matrices[row][j];
                _counts[label]++;
            }

            models.Clear();
        }

        /// <summary>The mixtures; null where there was no model.</summary>
        public StationaryMixtures? Finish() => _counts.Sum() > 0 ? StationaryMixtures.Learn(_sums, _counts, plan.Textures) : null;

        public void Dispose()
        {
            while (_idle.TryTake(out (ProbeRunners Runners, GradientForm Form) idle))
            {
                idle.Runners.Dispose();
                idle.Form.Dispose();
            }
        }

        private void Find(List<ModelRow> rows, ConcurrentDictionary<ModelRow, double[]> matrices)
        {
            // With buffers as large as some dozen models: as many as run at once, and used again.
            (ProbeRunners Runners, GradientForm Form) own = _idle.TryTake(out (ProbeRunners Runners, GradientForm Form) idle)
                ? idle
                : (new ProbeRunners(plan), new GradientForm(plan.Shape, _textures, plan.Textures));
            try
            {
                own.Form.Fill(own.Runners.Load(rows, StackSizeFor(rows[0].Layout)), rows, (row, found) => matrices[row] = [.. found]);
            }
            catch (ExternalException error)
            {
                throw TorchErrors.Explain($"The model of {rows[0].Layout} cannot be run on textures", error);
            }
            finally
            {
                _idle.Add(own);
            }
        }

        private int StackSizeFor(WeightLayout layout) => ProbeRunners.StackSizeFor(layout.Length + GradientForm.KeptOf(layout, plan.Textures));
    }
}
