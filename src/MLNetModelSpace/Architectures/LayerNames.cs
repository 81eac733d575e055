using System.Text.RegularExpressions;

namespace MLNetModelSpace.Architectures;

/// <summary>What the names of layers say, by words at the boundary of a dot or an underscore. Names are only asked where shapes leave two readings.</summary>
internal static partial class LayerNames
{
    /// <summary>Whether a name says that its kernels are transposed ones.</summary>
    public static bool SaysTransposed(string name) => Transposed().IsMatch(name);

    /// <summary>Whether a name says that its layer is of a decoder.</summary>
    public static bool SaysDecoder(string name) => Decoder().IsMatch(name);

    /// <summary>Whether a name says that its layer is of an encoder.</summary>
    public static bool SaysEncoder(string name) => Encoder().IsMatch(name);

    /// <summary>Whether a name says that its kernels are plain ones.</summary>
    public static bool SaysPlain(string name) => Plain().IsMatch(name);

    /// <summary>Whether a name is that of a mean.</summary>
    public static bool SaysMean(string name) => Mean().IsMatch(name);

    /// <summary>Whether a name is that of a log-variance.</summary>
    public static bool SaysVariance(string name) => Variance().IsMatch(name) || SaysLogVariance(name);

    /// <summary>Whether a name has the word log-variance in it, wherever it stands.</summary>
    public static bool SaysLogVariance(string name) => LogVariance().IsMatch(name);

    /// <summary>Whether two names are as <c>fc21</c> and <c>fc22</c>: those of PyTorch's example of a variational autoencoder.</summary>
    public static bool AreNumberedHeads(string one, string other)
    {
        Match a = TwoDigits().Match(one), b = TwoDigits().Match(other);
        return a.Success && b.Success && a.Groups[1].Value == b.Groups[1].Value && a.Groups[2].Value == "1" && b.Groups[2].Value == "2";
    }

    /// <summary>Encoder before heads before decoder; what says nothing lies behind the encoder.</summary>
    public static int Rank(string name) =>
        SaysMean(name) || SaysVariance(name) || Latent().IsMatch(name) ? 2
        : SaysDecoder(name) || SaysTransposed(name) ? 3
        : Last().IsMatch(name) ? 4
        : SaysEncoder(name) ? 0
        : 1;

    /// <summary>Compares names with their numbers as numbers.</summary>
    public static int CompareNatural(string one, string other)
    {
        MatchCollection a = Parts().Matches(one), b = Parts().Matches(other);
        for (int i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            string x = a[i].Value, y = b[i].Value;
            int order = char.IsAsciiDigit(x[0]) && char.IsAsciiDigit(y[0])
                ? x.TrimStart('0').Length != y.TrimStart('0').Length ? x.TrimStart('0').Length - y.TrimStart('0').Length : string.CompareOrdinal(x.TrimStart('0'), y.TrimStart('0'))
                : string.CompareOrdinal(x, y);
            if (order != 0)
                return order;
        }

        return a.Count - b.Count;
    }

    [GeneratedRegex(@"(^|[._])(deconv|t_?conv|convt|conv_?trans(pose)?|trans_?conv|transposed?|up_?conv)\w*?(\d*)([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Transposed();

    [GeneratedRegex(@"(^|[._])(decoder|dec|decode|up|out|generator)\d*([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Decoder();

    [GeneratedRegex(@"(^|[._])(encoder|enc|encode|down)\d*([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Encoder();

    [GeneratedRegex(@"(^|[._])conv(\d*|2d)([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Plain();

    [GeneratedRegex(@"(^|[._])(z_?)?(mu|mean|means|loc)\d*([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Mean();

    [GeneratedRegex(@"(^|[._])(z_?)?(var|variance|sigma|std|stddev|scale)\d*([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Variance();

    [GeneratedRegex(@"l(og|n)_?(var|sigma|std|sd)", RegexOptions.IgnoreCase)]
    private static partial Regex LogVariance();

    [GeneratedRegex(@"(^|[._])(latent|bottleneck|code|z)\d*([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Latent();

    [GeneratedRegex(@"(^|[._])(final|output|last|to_rgb)\w*([._]|$)", RegexOptions.IgnoreCase)]
    private static partial Regex Last();

    [GeneratedRegex(@"^(.*\d)([12])$")]
    private static partial Regex TwoDigits();

    [GeneratedRegex(@"\d+|\D")]
    private static partial Regex Parts();
}
