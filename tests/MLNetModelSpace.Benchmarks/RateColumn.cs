using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace MLNetModelSpace.Benchmarks;

/// <summary>How much one call of a benchmark does, in units of <paramref name="unit"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WorkAttribute(double amount, string unit) : Attribute
{
    public double Amount => amount;

    public string Unit => unit;
}

/// <summary>A benchmark parameter that says how much the call does.</summary>
internal interface IWork
{
    double Amount { get; }

    string Unit { get; }
}

/// <summary>Work by the shortest time, such as GFLOP/s; the work is the method's <see cref="WorkAttribute"/>, or its parameter's <see cref="IWork"/>.</summary>
internal sealed class RateColumn : IColumn
{
    public string Id => nameof(RateColumn);

    public string ColumnName => "Rate";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => false;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Work by the shortest time, which other programs disturb least";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
    {
        var work = benchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<WorkAttribute>();
        var parameter = benchmarkCase.Parameters.Items.Select(i => i.Value).OfType<IWork>().FirstOrDefault();
        var (amount, unit) = work is not null ? (work.Amount, work.Unit) : (parameter?.Amount ?? 0, parameter?.Unit ?? "");
        var nanoseconds = summary[benchmarkCase]?.ResultStatistics?.Min;
        return amount == 0 || nanoseconds is null ? "" : $"{(amount / (nanoseconds.Value * 1e-9)).ToString("N1", CultureInfo.InvariantCulture)} {unit}";
    }

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
