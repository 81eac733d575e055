using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using Spectre.Console;

namespace Examples;

/// <summary>Trains a zoo with a progress bar.</summary>
internal static class ZooTraining
{
    /// <summary>The trained models that stay in memory; a zoo of all classes fits.</summary>
    private const long MemoryLimitBytes = 1L << 30;

    /// <summary>The estimator that the command line asks for.</summary>
    public static TrainAutoencoderEstimator CreateEstimator(
        MLContext ml, Architecture architecture, ExampleOptions options, ForwardedProgress progress, CancellationToken cancel) =>
        ml.ModelSpace().Transforms.TrainAutoencoder(new TrainAutoencoderEstimator.Options
        {
            Architecture = architecture,
            Epochs = options.Epochs,
            BatchSize = options.Batch,
            LearningRate = options.LearningRate,
            Threads = options.Threads,
            Directory = options.Zoo,
            MemoryLimitBytes = MemoryLimitBytes,
            CancellationToken = cancel,
            Progress = progress,
        });

    /// <summary>Reads the weights of every row of both views once, so that the transformer knows all models afterwards.</summary>
    /// <param name="title">What the bar is called.</param>
    /// <param name="views">Views with a column of weights, one bar each.</param>
    /// <param name="progress">The object that the training options tell.</param>
    public static void Run(string title, IReadOnlyList<(string Name, IDataView View)> views, ForwardedProgress progress)
    {
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .Start(context =>
            {
                foreach ((string name, IDataView view) in views)
                {
                    ProgressTask task = context.AddTask(Markup.Escape($"{title}, {name}"));
                    progress.Target = report =>
                    {
                        task.MaxValue = report.Total ?? Math.Max(1, report.Trained + report.Remembered);
                        task.Value = report.Trained + report.Remembered;
                        task.Description = Markup.Escape($"{title}, {name}: {report}");
                    };
                    Read(view);
                    task.StopTask();
                }
            });
        progress.Target = null;
    }

    private static void Read(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[ZooColumns.Weights]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(view.Schema[ZooColumns.Weights]);
        VBuffer<float> weights = default;
        while (cursor.MoveNext())
            getter(ref weights);
    }
}
