using Engine.Tests.Trainers;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Engine.Tests.Data;

/// <summary>What the log of a context tells whoever listens.</summary>
public sealed class LogTests
{
    [Fact]
    public void RowsThatTrainingSkipsAreTold()
    {
        var ml = new MLContext(1);
        List<LoggingEventArgs> heard = [];
        void Hear(object? sender, LoggingEventArgs message)
        {
            lock (heard)
                heard.Add(message);
        }

        var rows = TrainerData.Make(40, 2, seed: 1);
        rows[3].Features[1] = float.NaN;
        ml.Log += Hear;
        ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(TrainerData.Table(ml, rows));
        ml.Log -= Hear;
        int count = heard.Count;
        ml.BinaryClassification.Trainers.LbfgsLogisticRegression().Fit(TrainerData.Table(ml, rows));

        var warning = heard.First(message => message.Kind == ChannelMessageKind.Warning && message.RawMessage.Contains("missing", StringComparison.Ordinal));
        Assert.Contains($"Source={warning.Source}", warning.Message, StringComparison.Ordinal);
        Assert.EndsWith(warning.RawMessage, warning.Message, StringComparison.Ordinal);
        Assert.Equal(count, heard.Count);
    }
}
