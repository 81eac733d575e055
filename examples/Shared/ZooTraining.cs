using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetModelSpace;
using Spectre.Console;

namespace Examples;

/// <summary>Trains a zoo, with progress bars in a terminal and a line now and then elsewhere.</summary>
internal static class ZooTraining
{
    /// <summary>The trained models that stay in memory; a zoo of all classes fits.</summary>
    private const long MemoryLimitBytes = 1L << 30;

    /// <summary>The estimator that the command line asks for.</summary>
    public static TrainAutoencoderEstimator CreateEstimator(
        MLContext ml, Architecture architecture, ExampleOptions options, ForwardedProgress progress, CancellationToken cancel) =>
        ml.ModelSpace().TrainAutoencoder(new TrainAutoencoderEstimator.Options
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

    /// <summary>Whether bars would be of no use: output goes to a file or another program.</summary>
    public static bool PlainOutput => Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive;

    /// <summary>Reads the weights of every row of all views once, so that the transformer knows all models afterwards.</summary>
    /// <param name="title">What the bars are called.</param>
    /// <param name="views">Views with a column of weights: a bar each, or lines; nothing where all models are known already.</param>
    /// <param name="progress">The object that the training options tell.</param>
    public static void Run(string title, IReadOnlyList<(string Name, IDataView View)> views, ForwardedProgress progress)
    {
        if (PlainOutput)
            RunPlainly(title, views, progress, Console.WriteLine, TimeProvider.System);
        else
            RunWithBars(title, views, progress);
        progress.Target = null;
    }

    internal static void RunPlainly(
        string title, IReadOnlyList<(string Name, IDataView View)> views, ForwardedProgress progress, Action<string> write, TimeProvider time)
    {
        foreach ((string name, IDataView view) in views)
        {
            var lines = new SlowLines(write, time);
            ZooProgress? last = null;
            progress.Target = report =>
            {
                if (report.Trained == 0)
                    return;
                last = report;
                lines.Say($"{title}, {name}: {report}");
            };
            Read(view);
            if (last is not null)
                write(string.Create(CultureInfo.InvariantCulture, $"{title}, {name}: {last.Trained} models trained in {last.Elapsed.TotalSeconds:F0} s."));
        }
    }

    private static void RunWithBars(string title, IReadOnlyList<(string Name, IDataView View)> views, ForwardedProgress progress) =>
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .Start(context =>
            {
                foreach ((string name, IDataView view) in views)
                {
                    ProgressTask? task = null;
                    progress.Target = report =>
                    {
                        if (report.Trained == 0)
                            return;
                        task ??= context.AddTask("");
                        task.MaxValue = report.Total ?? Math.Max(1, report.Trained + report.Remembered);
                        task.Value = report.Trained + report.Remembered;
                        task.Description = Markup.Escape($"{title}, {name}: {report}");
                    };
                    Read(view);
                    task?.StopTask();
                }
            });

    private static void Read(IDataView view)
    {
        using DataViewRowCursor cursor = view.GetRowCursor([view.Schema[ZooColumns.Weights]]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(view.Schema[ZooColumns.Weights]);
        VBuffer<float> weights = default;
        while (cursor.MoveNext())
            getter(ref weights);
    }
}
