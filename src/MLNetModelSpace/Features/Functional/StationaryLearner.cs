using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNetModelSpace.Features;

/// <summary>Shows every training model the textures, and learns the classes' mixtures of them.</summary>
internal static class StationaryLearner
{
    /// <summary>Models that are held at a time; they are run side by side, and summed in the order of the rows.</summary>
    private const int Held = 64;

    /// <summary>Learns from labelled models.</summary>
    /// <exception cref="InvalidDataException">A row has no class, or its model answers with numbers that are too large.</exception>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static StationaryMixtures Learn(IDataView input, WeightsInput source, string labelColumnName, ProbePlan plan, int maxThreads, CancellationToken cancel)
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
            if (models.Count == Held)
                learning.Add(models);
        }

        learning.Add(models);
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
