using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace MLNetModelSpace;

/// <summary>Shows every training model the textures, and learns the classes' mixtures of them.</summary>
internal static class StationaryLearner
{
    /// <summary>Models that are held at a time; they are run side by side, and summed in the order of the rows.</summary>
    private const int Held = 64;

    /// <summary>Learns from labelled models.</summary>
    /// <exception cref="InvalidDataException">A row has no class, or its model answers with numbers that are too large.</exception>
    /// <exception cref="InvalidOperationException">There are no rows.</exception>
    public static StationaryMixtures Learn(IDataView input, WeightsInput source, string labelColumnName, ProbePlan plan)
    {
        DataViewSchema.Column label = RequireLabel(input.Schema, labelColumnName, out int classes);
        float[] textures = plan.CreateTextures();
        double[]?[] sums = new double[]?[classes];
        int[] counts = new int[classes];
        var models = new List<(float[] Weights, WeightLayout Layout, int Class)>(Held);
        var idle = new ConcurrentBag<GradientForm>();
        using DataViewRowCursor cursor = input.GetRowCursor([.. source.Columns, label]);
        WeightsReader reader = source.CreateReader(cursor);
        Func<ulong> read = LabelColumn.KeyReader(cursor, label);
        bool isKey = label.Type is KeyDataViewType;
        while (cursor.MoveNext())
        {
            ulong value = read();
            if (isKey && (value == 0 || value > (ulong)classes))
                throw new InvalidDataException($"Row {cursor.Position} of label column '{labelColumnName}' has no class; expected a key of 1 to {classes}.");
            models.Add((reader.Read(out WeightLayout layout).ToArray(), layout, (int)value - (isKey ? 1 : 0)));
            if (models.Count == Held)
                Add(models, plan, textures, idle, sums, counts);
        }

        Add(models, plan, textures, idle, sums, counts);
        return counts.Sum() > 0 ? StationaryMixtures.Learn(sums, counts, plan.Textures) : throw source.NoRows();
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

    private static void Add(
        List<(float[] Weights, WeightLayout Layout, int Class)> models, ProbePlan plan, float[] textures, ConcurrentBag<GradientForm> idle, double[]?[] sums, int[] counts)
    {
        double[][] forms = Run(models, plan, textures, idle);
        for (int i = 0; i < forms.Length; i++)
        {
            double[] sum = sums[models[i].Class] ??= new double[forms[i].Length];
            for (int j = 0; j < sum.Length; j++)
                sum[j] += forms[i][j];
            counts[models[i].Class]++;
        }

        models.Clear();
    }

    private static double[][] Run(IReadOnlyList<(float[] Weights, WeightLayout Layout, int Class)> models, ProbePlan plan, float[] textures, ConcurrentBag<GradientForm> idle)
    {
        double[][] forms = new double[models.Count][];
        TorchThreads.For(models.Count, -1, CancellationToken.None, i =>
        {
            // Forms have buffers as large as some dozen models: as many as run at once, and used again.
            GradientForm form = idle.TryTake(out GradientForm? free) ? free : new GradientForm(plan.Shape, textures, plan.Textures);
            forms[i] = RunOne(form, plan, models[i].Weights, models[i].Layout);
            idle.Add(form);
        });
        return forms;
    }

    private static double[] RunOne(GradientForm form, ProbePlan plan, float[] weights, WeightLayout layout)
    {
        RunnableModel model = plan.Runnable(layout);
        double[] matrices = new double[form.Length];
        try
        {
            using torch.nn.Module<torch.Tensor, torch.Tensor> module = model.Create(weights);
            return form.Fill(model, module, layout, matrices) ? matrices : throw ProbePlan.TooLarge(layout);
        }
        catch (ExternalException error)
        {
            throw TorchErrors.Explain($"The model of {layout} cannot be run on textures", error);
        }
    }
}
